import { buildCommand } from '@stricli/core'
import { type Context, print, printJson } from '../io.ts'
import { type JsonFlag, jsonFlag, type ProfileFlag, profileFlag, wholeNumber } from './flags.ts'

interface SearchFlags extends ProfileFlag, JsonFlag {
  readonly last: number
}

export const searchCommand = buildCommand<SearchFlags, string[], Context>({
  loader: async () => search,
  parameters: {
    flags: {
      ...profileFlag,
      last: {
        kind: 'parsed',
        parse: wholeNumber,
        default: '20',
        brief: 'How many messages, at most 200',
        placeholder: 'n',
      },
      ...jsonFlag,
    },
    positional: {
      kind: 'array',
      parameter: {
        brief: 'Words that a message has, all of them',
        parse: (input: string) => input,
        placeholder: 'word',
      },
      minimum: 1,
    },
  },
  docs: {
    brief: 'Find messages of yours by their words',
    fullDescription:
      'Case and accents do not count, and the last word may go on: "atl" finds Atlas. The newest come last.',
  },
})

async function search(this: Context, flags: SearchFlags, ...words: string[]): Promise<void> {
  const { io } = this
  const { openPast } = await import('../past.ts')
  const { openRoster, sanitiseLine } = await import('@branchline/core')
  const { chooseProfile } = await import('../profile/paths.ts')
  const { saidLine } = await import('../chat/said-line.ts')
  const roster = await openRoster(chooseProfile(io, flags.profile).roster)
  await using past = await openPast(io, flags.profile)
  const found = await past.search(words.join(' '), { limit: flags.last })
  if (found.length === 0 && !flags.json) print(io, 'Nothing has these words.')
  for (const said of found.toReversed()) {
    if (flags.json) printJson(io, said)
    else {
      const { conversation } = said
      const place = /^[#@+]/.test(conversation) ? `${sanitiseLine(conversation)}  ` : ''
      print(io, `${place}${saidLine(said, past.self, roster)}`)
    }
  }
}
