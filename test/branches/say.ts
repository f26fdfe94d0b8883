import { createInterface } from 'node:readline'
import type {
  ArrivedFile,
  Colleague,
  CreateMessengerInit,
  FileProgress,
  OfferedFile,
  RelayFigures,
} from '@branchline/core'
import type { Said } from '../support/program.ts'

export interface MemberInit extends Pick<CreateMessengerInit, 'name' | 'listen' | 'relays' | 'peers' | 'lan'> {
  /** Holds identity, log key and log; they are made when they are not there. */
  readonly folder: string
  readonly rosterFile: string
  /** By how much the clock that stamps the records is ahead of the machine's. */
  readonly aheadMs?: number
  /** A folder, and how many bytes may be in it; without it they have no place for files. */
  readonly files?: { readonly folder: string; readonly maxBytes?: number }
}

export interface RelayInit {
  readonly identityFile: string
  readonly rosterFile: string
  readonly listen: readonly string[]
  readonly lan?: false
}

/** Several messengers in one process, with logs in memory. */
export interface CrowdInit extends Pick<CreateMessengerInit, 'peers' | 'lan' | 'relays'> {
  readonly count: number
  /** Of profiles, each with its number for a name. */
  readonly folder: string
  readonly rosterFile: string
  /** Discovery alone: they look for each other, and nobody dials anybody. */
  readonly bare?: true
  /** After how long they are alerted again of what they have not acknowledged; default: five minutes. */
  readonly alertedAgainMs?: number
}

/** Of a crowd, how many others each of it has a link to, or has seen when it is bare; and what it took. */
export interface CrowdState {
  readonly peers: readonly string[]
  readonly linked: readonly number[]
  /** On how many relays each holds a place. */
  readonly places: readonly number[]
  readonly cpuMs: number
  readonly rssMiB: number
}

/** What the log of one of a crowd holds: texts, in its order. */
export interface CrowdLog {
  readonly peer: string
  readonly verdict: string
  readonly sent: readonly string[]
  readonly received: readonly string[]
}

export interface CrowdSend {
  /** Number of who sends. */
  readonly from: number
  readonly to: string
  readonly text: string
}

/** By the clock of the machine, milliseconds since 1970. */
export interface CrowdAlert {
  readonly id: string
  readonly from: string
  readonly text: string
  readonly times: number
  readonly at: number
}

/** When it was posted; its message ID, or with what code it was refused. */
export type Posting = { readonly at: number } & ({ readonly id: string } | { readonly code: string })

export interface CrowdMark {
  readonly how: 'read' | 'acknowledged'
}

/** What a relay does, and what it takes. */
export interface RelayState {
  readonly figures: RelayFigures
  readonly cpuMs: number
  readonly rssMiB: number
}

export interface SendOrder {
  readonly to: string
  readonly text: string
  /** So many times, each with its number before it. */
  readonly repeat?: number
  readonly everyMs?: number
}

/** Texts that are posted, one after the other: from a number on, to another. */
export interface PostOrder {
  readonly to: string
  readonly from: number
  readonly until: number
}

/** How long all took, and each: from the call to the receipt on record. */
export interface Sending {
  readonly ms: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
}

/** What became of one that may fail: delivered, or the code of the error. */
export interface Attempt {
  readonly text: string
  readonly result: string
}

/** So many messages to each of these. */
export interface SoakRound {
  readonly peers: readonly string[]
  readonly each: number
}

/** What a node of the long run holds between two rounds. */
export interface SoakSample {
  readonly sent: number
  readonly received: number
  /** Of messages that were shown out of order, or twice, or after one that was not. */
  readonly disorder: readonly string[]
  readonly troubles: number
  readonly figures: Readonly<Record<SoakFigure, number>>
}

/** Memory of the process's own, and of its heap after a garbage collection; open files; timers; event targets. */
export type SoakFigure = 'rssAnonMiB' | 'heapMiB' | 'externalMiB' | 'files' | 'timers' | 'targets'

export type Event =
  | { readonly event: 'ready'; readonly peer: string; readonly addresses: readonly string[] }
  | { readonly event: 'message'; readonly from: string; readonly text: string }
  | ({ readonly event: 'here' } & Colleague)
  | ({ readonly event: 'gone' } & Colleague)
  | { readonly event: 'delivered'; readonly to: string; readonly text: string; readonly ms: number }
  | { readonly event: 'outcome'; readonly to: string; readonly result: string }
  | { readonly event: 'file-offered'; readonly file: OfferedFile }
  | { readonly event: 'file-progress'; readonly file: FileProgress }
  | { readonly event: 'file-arrived'; readonly file: ArrivedFile }
  | { readonly event: 'file-failed'; readonly code: string; readonly isFinal: boolean }
  /** A stock node's: whom it found, and who connected to it. */
  | { readonly event: 'found'; readonly peer: string; readonly addresses: readonly string[] }
  | { readonly event: 'connected'; readonly peer: string }
  | { readonly event: 'error'; readonly message: string }
  | { readonly event: 'answer'; readonly request: number; readonly result?: unknown; readonly error?: string }

/** What member.ts and relay.ts say. */
export type Line = Event & Said & { readonly at: number }

export function say(event: Event): void {
  process.stdout.write(`${JSON.stringify({ ...event, at: Date.now() })}\n`)
}

type Command = (order: never) => Promise<unknown>

/**
 * Obeys commands from the standard input until `close`; then the process must end by itself. When the input ends first,
 * nobody is there any more, and it is ended.
 */
export async function serve(commands: Readonly<Record<string, Command>> & { readonly close: Command }): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const { request, command, ...order } = JSON.parse(line) as { request: number; command: string }
    const obeying = obey(commands[command], order, request)
    if (command !== 'close') continue
    await obeying
    process.stdin.destroy()
    return
  }
  process.exit(1)
}

async function obey(command: Command | undefined, order: object, request: number): Promise<void> {
  try {
    if (command === undefined) throw new Error('there is no such command')
    say({ event: 'answer', request, result: await command(order as never) })
  } catch (error) {
    say({ event: 'answer', request, error: String(error) })
  }
}
