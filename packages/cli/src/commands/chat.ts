import { buildCommand } from '@stricli/core'
import { type CliIO, type Context, print } from '../io.ts'
import type { Session } from '../profile/open.ts'
import { connectionFlags, type JsonFlag, jsonFlag, profileFlag, type SessionFlags, waitFlag } from './flags.ts'

interface ChatFlags extends SessionFlags, JsonFlag {
  readonly wait: number
  readonly remember: boolean
}

export const chatCommand = buildCommand<ChatFlags, [], Context>({
  loader: async () => chat,
  parameters: {
    flags: {
      ...profileFlag,
      ...connectionFlags,
      remember: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Keep name, branch, addresses, relays and peers for the next time',
      },
      ...waitFlag,
      ...jsonFlag,
    },
  },
  docs: {
    brief: 'Talk with colleagues in this branch and, through relays, in others',
    fullDescription: [
      'Colleagues on the same network are found by themselves. Write @name and a text; /help says more.',
      'In a pipe, each line is a message and each event a line: printf "@bea Good morning\\n" | branchline chat',
      '',
      'Everything is on the record: logged here before it is sent, and there before it is shown.',
    ].join('\n'),
  },
})

async function chat(this: Context, flags: ChatFlags): Promise<void> {
  const { io } = this
  const { chooseProfile } = await import('../profile/paths.ts')
  const { settingsFor } = await import('../profile/settings.ts')
  const { openSession } = await import('../profile/open.ts')
  const { isInteractive } = await import('../chat/terminal.ts')
  const paths = chooseProfile(io, flags.profile)
  await using session = await openSession(paths, await settingsFor(paths, flags), io.signal)
  if (isInteractive(io) && !flags.json) await talkInTerminal(io, session)
  else await talkInPipe(io, session, flags)
}

async function talkInTerminal(io: CliIO, session: Session): Promise<void> {
  const { openTerminal } = await import('../chat/terminal.ts')
  const { textView } = await import('../chat/views.ts')
  const { LineChat } = await import('../chat/line-chat.ts')
  const terminal = openTerminal(io, (line) => complete(session, line))
  const view = textView({ print: terminal.print, giveBack: terminal.giveBack, echoed: true })
  await new LineChat({ session, view, signal: io.signal, findTimeoutMs: 0 }).run(terminal.lines())
  terminal.close()
}

async function talkInPipe(io: CliIO, session: Session, flags: ChatFlags): Promise<void> {
  const { byteLines } = await import('../chat/input.ts')
  const { jsonView, textView } = await import('../chat/views.ts')
  const { LineChat } = await import('../chat/line-chat.ts')
  const write = (text: string): void => print(io, text)
  const view = flags.json ? jsonView(write) : textView({ print: write, giveBack: write, echoed: false })
  await new LineChat({ session, view, signal: io.signal, findTimeoutMs: flags.wait * 1_000 }).run(byteLines(io.stdin))
}

const COMMANDS = ['/help', '/quit', '/to ', '/who']

/** Tab: commands after `/`, names after `@`. */
function complete({ messenger }: Session, line: string): [string[], string] {
  if (line.startsWith('/')) return [COMMANDS.filter((command) => command.startsWith(line)), line]
  if (!line.startsWith('@') || line.includes(' ')) return [[], line]
  const names = messenger.colleagues().flatMap(({ name }) => (name === undefined ? [] : [name]))
  const typed = line.slice(1).toLowerCase()
  const found = names.filter((name) => name.toLowerCase().startsWith(typed))
  return [found.map((name) => (name.includes(' ') ? `@"${name}" ` : `@${name} `)), line]
}
