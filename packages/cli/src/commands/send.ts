import { buildCommand } from '@stricli/core'
import { CliError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'
import { type CliIO, type Context, print, printJson } from '../io.ts'
import type { LiveDelivery } from '../live/protocol.ts'
import { connectionFlags, type JsonFlag, jsonFlag, profileFlag, type SessionFlags, waitFlag } from './flags.ts'

export interface SendFlags extends SessionFlags, JsonFlag {
  readonly wait: number
  readonly now: boolean
}

export const sendCommand = buildCommand<SendFlags, string[], Context>({
  loader: async () => send,
  parameters: {
    flags: {
      ...profileFlag,
      ...connectionFlags,
      wait: { ...waitFlag.wait, brief: 'Seconds to wait until everybody has it; with --now, to look for them' },
      now: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Now or never: nothing is recorded or left to be delivered when they are not there',
      },
      ...jsonFlag,
    },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: {
        brief: 'To whom, then the text; without a text it is read from standard input',
        parse: String,
        placeholder: 'to text',
      },
    },
  },
  docs: {
    brief: 'Say something to somebody, a room or a desk; whoever is away gets it later',
    fullDescription: [
      "TO is a name, the beginning of one, a peer ID or the end of one, a desk, or a room: '#reference'.",
      '',
      '  branchline send bea "Is 641.5 ROM on your shelf?"',
      '  git log -1 | branchline send "Ann, desk"',
      '',
      'It is on record at once. Exit code 0: everybody has it; 8: somebody has not yet, and gets it as soon as they are',
      'there and a chat, or another command on this profile, runs; "branchline outbox" lists what waits.',
      'Goes through the chat that runs on the profile; when none runs, starts for this one message.',
    ].join('\n'),
  },
})

async function send(this: Context, flags: SendFlags, to = '', ...words: string[]): Promise<void> {
  const { io } = this
  const text = words.length > 0 ? Buffer.from(words.join(' ')) : await readAll(io)
  await assertSize(text)
  if (flags.now) {
    const delivery = await deliverNow(io, flags, to, text)
    if (flags.json) printJson(io, delivery)
    else print(io, `On record here (#${delivery.sentSeq}) and there (#${delivery.receivedSeq}).`)
    return
  }
  const { postText } = await import('./send-post.ts')
  const { result, lines, exit } = await postText(io, flags, to, text)
  if (flags.json) printJson(io, result)
  else for (const line of lines) print(io, line)
  if (exit !== EXIT.OK) this.exit(exit)
}

async function deliverNow(io: CliIO, flags: SendFlags, to: string, text: Uint8Array): Promise<LiveDelivery> {
  const { chooseProfile } = await import('../profile/paths.ts')
  const { LiveClient } = await import('../live/client.ts')
  const paths = chooseProfile(io, flags.profile)
  await using live = await LiveClient.connect(paths)
  if (live !== undefined) return await live.send(to, text)
  const { openSession } = await import('../profile/open.ts')
  const { settingsFor } = await import('../profile/settings.ts')
  const { awaitColleague } = await import('../await-colleague.ts')
  await using session = await openSession(paths, await settingsFor(paths, flags), io.signal)
  const { peer } = await awaitColleague(session, to, { timeoutMs: flags.wait * 1_000, signal: io.signal })
  const { receipt: _, ...delivery } = await session.messenger.send(peer, text, { signal: io.signal })
  return delivery
}

/** Here, because a running chat is not bothered with what it would refuse. */
async function assertSize({ length }: Uint8Array): Promise<void> {
  const { MAX_TEXT_BYTES, MessengerError } = await import('@branchline/core')
  if (length > MAX_TEXT_BYTES) {
    throw new MessengerError(
      'MESSAGE_TOO_LARGE',
      `a message has at most ${MAX_TEXT_BYTES} bytes (32 KiB); nothing was sent`,
    )
  }
}

/** Read to the end, within what a message may hold: one byte more is enough to be refused for its length. */
async function readAll(io: CliIO): Promise<Uint8Array> {
  const { MAX_TEXT_BYTES } = await import('@branchline/core')
  if (io.stdin.isTTY === true) throw new CliError('USAGE', 'say what to send: branchline send TO TEXT')
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of io.stdin) {
    pieces.push(Buffer.from(piece))
    bytes += piece.length
    if (bytes > MAX_TEXT_BYTES + 1) break
  }
  const text = Buffer.concat(pieces)
  return text.at(-1) === 0x0a ? text.subarray(0, -1) : text
}
