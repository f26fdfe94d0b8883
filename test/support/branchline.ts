import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { enrol } from './library.ts'
import { Program, type Said } from './program.ts'

/** What is installed as `branchline`. */
export const LAUNCHER = fileURLToPath(new URL('bin/branchline.cjs', import.meta.resolve('branchline/package.json')))

const TIMEOUT_MS = 30_000

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command to its end. */
export async function branchline(args: readonly string[], input?: string | Uint8Array): Promise<Ended> {
  return ended(process.execPath, [LAUNCHER, ...args], input)
}

/** Runs a program to its end. */
export async function ended(command: string, args: readonly string[], input?: string | Uint8Array): Promise<Ended> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  const closed = once(child, 'close')
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  child.stdin.on('error', () => undefined) // it did not want to read on
  child.stdin.end(input)
  const [[stdout, stderr]] = await Promise.all([said, closed])
  return { code: child.exitCode, stdout, stderr }
}

/** What `chat --json` says. */
export type ChatEvent = Said &
  Readonly<
    | { event: 'ready'; peerId: string; addresses: readonly string[] }
    | { event: 'here' | 'gone'; peer: string; name?: string; link: string }
    | { event: 'presence'; peer: string; name?: string; presence: string }
    | {
        event: 'message'
        n: number
        from: string
        text: string
        id: string
        seq: number
        conversation?: string
        isForDesk: boolean
        about: { type: string; answer?: string }
      }
    | {
        event: 'posted'
        n: number
        id: string
        seq: number
        text: string
        to: readonly { name: string; link: string }[]
      }
    | { event: 'delivered'; n: number; id: string; to: string; sentSeq: number; receivedSeq: number }
    | { event: 'progress'; n: number; delivered: readonly { name: string }[]; missing: readonly { name: string }[] }
    | { event: 'waiting'; count: number; for: readonly { name: string; count: number }[] }
    | { event: 'missing'; messages: readonly { n: number; words: string; missing: readonly { name: string }[] }[] }
    | { event: 'request'; n: number; state: string; by?: { name: string }; tooLate: boolean }
    | { event: 'requests'; requests: readonly { n: number; item: string; state: string; by?: { name: string } }[] }
    | { event: 'desk'; desk: string; staff: readonly { name: string }[] }
    | { event: 'states'; n: number; states: readonly { name: string; state: string }[] }
    | { event: 'alert'; n: number; text: string; times: number }
    | { event: 'acknowledged'; name: string; messages: readonly { n: number }[] }
    | { event: 'file-arrived'; n: number; path: string; sha256: string }
    | { event: 'queued'; draft: string; message: string }
    | { event: 'failed'; code: string; message: string; text?: string; line?: string }
    | { event: 'notice'; text: string }
  >

export interface ChatInit {
  readonly name: string
  /** Profiles of all who were started lie in it, each under its name. */
  readonly folder: string
  readonly profile?: string
  /** Whom to connect to. */
  readonly peers?: readonly string[]
}

export interface Chat {
  readonly program: Program<ChatEvent>
  readonly profile: string
  readonly peerId: string
  readonly address: string
}

/** A chat on a pipe, ready to talk; on loopback, and found by address alone. */
export async function startChat({ name, folder, profile = join(folder, name), peers = [] }: ChatInit): Promise<Chat> {
  await enrol(folder, name, profile)
  const args = ['chat', '--json', '--profile', profile, '--name', name, '--wait', '2', ...ALONE]
  for (const peer of peers) args.push('--peer', peer)
  const program = new Program<ChatEvent>(process.execPath, [LAUNCHER, ...args], join(folder, `${name}-chat`))
  onTestFinished(() => program.kill())
  const { peerId, addresses } = await program.until('ready')
  return { program, profile, peerId, address: addresses[0] as string }
}

/** Flags that keep a chat to this machine, and apart from any other test on it. */
export const ALONE = ['--listen', '/ip4/127.0.0.1/tcp/0', '--lan', `test-${process.pid}`] as const

/** Ends its input, and waits until it has ended by itself. */
export async function endChat({ program }: Chat): Promise<void> {
  program.endInput()
  await program.end()
}
