import { buildCommand } from '@stricli/core'
import type { ConversationView, RosterKeeper } from '@branchline/core'
import { displayName, findColleague } from '../find-colleague.ts'
import { type CliIO, type Context, print, printJson } from '../io.ts'
import type { Past } from '../past.ts'
import { type JsonFlag, jsonFlag, type ProfileFlag, profileFlag, wholeNumber } from './flags.ts'

interface HistoryFlags extends ProfileFlag, JsonFlag {
  readonly last: number
  readonly before?: string
}

export const historyCommand = buildCommand<HistoryFlags, [string?], Context>({
  loader: async () => history,
  parameters: {
    flags: {
      ...profileFlag,
      last: {
        kind: 'parsed',
        parse: wholeNumber,
        default: '50',
        brief: 'How many messages, at most 200',
        placeholder: 'n',
      },
      before: {
        kind: 'parsed',
        parse: (input: string) => input,
        optional: true,
        brief: 'Only what stands above this message (its ID, as --json shows it)',
        placeholder: 'id',
      },
      ...jsonFlag,
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'A name, #room, @desk or +group',
          parse: (input: string) => input,
          placeholder: 'where',
          optional: true,
        },
      ],
    },
  },
  docs: {
    brief: 'Read what was said: the conversations, or the last messages of one',
    fullDescription: 'Works beside a running chat, and without one. Reading marks nothing as read.',
  },
})

async function history(this: Context, flags: HistoryFlags, where?: string): Promise<void> {
  const { io } = this
  const { openPast } = await import('../past.ts')
  const { openRoster } = await import('@branchline/core')
  const { chooseProfile } = await import('../profile/paths.ts')
  const roster = await openRoster(chooseProfile(io, flags.profile).roster)
  await using past = await openPast(io, flags.profile)
  if (where === undefined) await list(io, past, roster, flags)
  else await read(io, past, roster, where, flags)
}

async function list(io: CliIO, past: Past, roster: RosterKeeper, { json }: JsonFlag): Promise<void> {
  const { when } = await import('../chat/when.ts')
  const { sanitiseLine } = await import('@branchline/core')
  const all = await past.conversations()
  if (json) for (const each of all) printJson(io, each)
  else if (all.length === 0) print(io, 'Nothing has been said yet.')
  else {
    for (const { conversation, name, unread, last } of all) {
      const called = sanitiseLine(nameOf({ conversation, name }, roster))
      print(
        io,
        `${called.padEnd(28)} ${when(last.time).padEnd(16)} ${unread === 0 ? '' : `${unread} not read`}`.trimEnd(),
      )
    }
  }
}

function nameOf({ conversation, name }: Pick<ConversationView, 'conversation' | 'name'>, roster: RosterKeeper): string {
  if (name !== undefined) return `+${name}`
  return isPlace(conversation)
    ? conversation
    : displayName({ peer: conversation, name: roster.member(conversation)?.name })
}

const isPlace = (where: string): boolean => /^[#@+]/.test(where)

async function read(io: CliIO, past: Past, roster: RosterKeeper, where: string, flags: HistoryFlags): Promise<void> {
  const { saidLine } = await import('../chat/said-line.ts')
  const conversation = await conversationOf(past, roster, where)
  const { last: limit, before } = flags
  for (const said of await past.read(conversation, { limit, before })) {
    if (flags.json) printJson(io, said)
    else print(io, saidLine(said, past.self, roster))
  }
}

/** @throws CliError PEER_UNKNOWN, PEER_AMBIGUOUS */
async function conversationOf(past: Past, roster: RosterKeeper, where: string): Promise<string> {
  const named = (await past.conversations()).find((each) => nameOf(each, roster) === where)
  if (named !== undefined) return named.conversation
  if (isPlace(where)) return where
  const members = roster.current.members.filter(({ peer }) => peer !== past.self)
  return findColleague(
    members.map(({ peer, name }) => ({ peer, name, link: 'away', presence: 'off' })),
    where,
  ).peer
}
