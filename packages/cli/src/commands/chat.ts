import { buildCommand } from '@stricli/core'
import { type CliIO, type Context, print } from '../io.ts'
import type { Session } from '../profile/open.ts'
import type { ProfilePaths } from '../profile/paths.ts'
import { connectionFlags, type JsonFlag, jsonFlag, profileFlag, type SessionFlags, waitFlag } from './flags.ts'

interface ChatFlags extends SessionFlags, JsonFlag {
  readonly wait: number
  readonly remember: boolean
  readonly plain: boolean
  readonly read: boolean
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
      plain: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'One line after the other in a terminal, too, for screen readers',
      },
      read: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'In a pipe: tell authors that their messages were read',
      },
      wait: { ...waitFlag.wait, brief: 'Seconds to wait, when a pipe ends, for those who have not got everything' },
      ...jsonFlag,
    },
  },
  docs: {
    brief: 'Talk with colleagues in this branch and, through relays, in others',
    fullDescription: [
      'Colleagues on the same network are found by themselves. Write @name or #room and a text; /help says more.',
      'Whoever is away gets it as soon as they are there and this chat, or any later one on the profile, runs.',
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
  if (isInteractive(io) && !flags.json && !flags.plain) await talkInTerminal(io, session, paths)
  else await talkInPipe(io, session, paths, flags)
}

async function talkInTerminal(io: CliIO, session: Session, paths: ProfilePaths): Promise<void> {
  const { openTerminal } = await import('../chat/terminal.ts')
  const { textView } = await import('../chat/text-view.ts')
  const { LineChat } = await import('../chat/line-chat.ts')
  const { complete } = await import('../chat/completing.ts')
  const terminal = openTerminal(io, (line) => complete(chat.talk, line))
  const view = textView({ print: terminal.print, giveBack: terminal.giveBack, echoed: true })
  const onPlace = (label: string): void => terminal.setPrompt(`${label}> `)
  const { isTyping } = terminal
  const chat = new LineChat({
    session,
    paths,
    view,
    signal: io.signal,
    settleMs: undefined,
    isRead: true,
    isTyping,
    onPlace,
  })
  await chat.run(terminal.lines())
  terminal.close()
}

async function talkInPipe(io: CliIO, session: Session, paths: ProfilePaths, flags: ChatFlags): Promise<void> {
  const { byteLines } = await import('../chat/input.ts')
  const { jsonView } = await import('../chat/json-view.ts')
  const { textView } = await import('../chat/text-view.ts')
  const { wrap } = await import('../chat/wrap.ts')
  const { LineChat } = await import('../chat/line-chat.ts')
  const { stdin, stdout, signal } = io
  const isSeen = stdout.isTTY === true
  const write = (text: string): void =>
    print(io, isSeen ? wrap(text, stdout.columns ?? 80) : text.replaceAll('\u0007', ''))
  const isTyped = stdin.isTTY === true
  const view = flags.json
    ? jsonView((line) => print(io, line))
    : textView({ print: write, giveBack: () => false, echoed: isTyped })
  const settleMs = isTyped ? undefined : flags.wait * 1_000
  const isRead = flags.read || (isTyped && isSeen && !flags.json)
  await new LineChat({ session, paths, view, signal, settleMs, isRead }).run(byteLines(stdin))
}
