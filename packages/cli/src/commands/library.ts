import { buildCommand, buildRouteMap } from '@stricli/core'
import type { Context } from '../io.ts'
import { type JsonFlag, jsonFlag, type ProfileFlag, profileFlag, wholeNumber } from './flags.ts'

const text = (input: string): string => input

/** What all commands take that sign. */
export interface DirectorFlags extends JsonFlag {
  readonly key: string
  readonly roster?: string
  readonly days?: number
}

const keyFlag = { kind: 'parsed', parse: text, brief: 'File with the director’s key', placeholder: 'file' } as const
const rosterFlag = {
  kind: 'parsed',
  parse: text,
  optional: true,
  brief: 'File of the roster; else library.roster beside the key',
  placeholder: 'file',
} as const
const daysFlag = {
  kind: 'parsed',
  parse: validDays,
  optional: true,
  brief: 'How long the roster is in force; else 365',
  placeholder: 'days',
} as const
const directorFlags = { key: keyFlag, roster: rosterFlag, days: daysFlag, ...jsonFlag } as const

const optionalText = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: text, optional: true, brief, placeholder }) as const
const optionalTexts = (brief: string, placeholder: string) =>
  ({ kind: 'parsed', parse: text, optional: true, variadic: true, brief, placeholder }) as const
const optionalTime = (brief: string) =>
  ({ kind: 'parsed', parse: parseDate, optional: true, brief, placeholder: 'date' }) as const

export interface LibraryInitFlags extends DirectorFlags {
  readonly name?: string
  readonly library?: string
  readonly lan?: string
  readonly passphrase?: boolean
}

const initCommand = buildCommand<LibraryInitFlags, [], Context>({
  loader: async () => (await import('./library-init.ts')).init,
  parameters: {
    flags: {
      ...directorFlags,
      key: { ...keyFlag, brief: 'New file for the key' },
      name: optionalText('Name of the director, without spaces; else that of this account', 'name'),
      library: optionalText('Name of the library, whose roster begins; without it, the key alone is made', 'name'),
      lan: optionalText('Name under which members look for each other (mDNS); a-z, 0-9 and "-"', 'name'),
      passphrase: {
        kind: 'boolean',
        optional: true,
        withNegated: false,
        brief: 'Keep the key under a passphrase, which is asked for',
      },
    },
  },
  docs: {
    brief: 'Make a director’s key, and begin the roster of the library',
    fullDescription: [
      'Writes the key to a new file, for its owner alone, and prints its verifier key, which everybody may know.',
      'Keep the file away from the machines of staff, on a stick in a safe, say: whoever has it can say who takes part,',
      'and let any log go on. With --library the roster begins, with nobody on it; "library add" comes next.',
    ].join('\n'),
  },
})

export interface LibraryAddFlags extends DirectorFlags {
  readonly name?: string
  readonly branch?: string
  readonly title?: string
  readonly desk?: readonly string[]
  readonly room?: readonly string[]
  readonly role?: readonly string[]
  readonly from?: number
  readonly until?: number
}

const addCommand = buildCommand<LibraryAddFlags, [string], Context>({
  loader: async () => (await import('./library-add.ts')).add,
  parameters: {
    flags: {
      ...directorFlags,
      name: optionalText('What colleagues see them as; else as the code says', 'name'),
      branch: optionalText('Where they work', 'branch'),
      title: optionalText('What they are', 'title'),
      desk: optionalTexts('A desk that they serve', 'desk'),
      room: optionalTexts('A room that they read', 'room'),
      role: optionalTexts('Something that they may do, such as may-urgent', 'role'),
      from: optionalTime('Not before this date'),
      until: optionalTime('Not from this date on'),
    },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'Code that "branchline join" printed at their machine; or a name on the roster, to change it',
          parse: String,
          placeholder: 'code',
        },
      ],
    },
  },
  docs: {
    brief: 'Put somebody on the roster, or change what it says of them',
    fullDescription: [
      'Ask the person, by telephone say, whether the last eight characters of the code are theirs: a code proves nothing.',
      'The roster that is written is the invitation, too: "branchline join FILE" at their machine.',
    ].join('\n'),
  },
})

export interface LibraryRevokeFlags extends DirectorFlags {
  readonly reason: string
}

const revokeCommand = buildCommand<LibraryRevokeFlags, [string], Context>({
  loader: async () => (await import('./library-revoke.ts')).revoke,
  parameters: {
    flags: {
      ...directorFlags,
      reason: { kind: 'parsed', parse: text, brief: 'Why; everybody on the roster can read it', placeholder: 'words' },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Name, peer ID or the end of one', parse: String, placeholder: 'who' }],
    },
  },
  docs: {
    brief: 'Take somebody off the roster: nobody talks with that device any more',
    fullDescription: 'It holds on each machine from the moment at which the new roster comes there.',
  },
})

export interface LibraryRenewFlags extends DirectorFlags {
  readonly lan?: string
  readonly relay?: readonly string[]
  readonly witness?: readonly string[]
  readonly director?: readonly string[]
  readonly newKey?: string
}

const renewCommand = buildCommand<LibraryRenewFlags, [], Context>({
  loader: async () => (await import('./library-renew.ts')).renew,
  parameters: {
    flags: {
      ...directorFlags,
      lan: optionalText('Name under which members look for each other (mDNS)', 'name'),
      relay: optionalTexts('Address of a relay with its peer ID; all of them, in place of those before', 'address'),
      witness: optionalTexts('Verifier key (type 4) of a witness; all of them', 'key'),
      director: optionalTexts('Verifier key of a director from now on; all of them', 'key'),
      newKey: optionalText(
        'File with the key of a new director, who signs when the one of --key is none any more',
        'file',
      ),
    },
  },
  docs: {
    brief: 'Sign the roster anew: for another time, with other relays, or with other directors',
    fullDescription: [
      'Directors are replaced by a director of before: --director KEY for each who is one from now on. Have two, with',
      'keys in two places: when a key is lost, the other replaces it.',
    ].join('\n'),
  },
})

export interface LibraryReadFlags extends ProfileFlag, JsonFlag {
  readonly roster?: string
}

const readFlags = {
  ...profileFlag,
  roster: { ...rosterFlag, brief: 'File of a roster; else that of the profile' },
  ...jsonFlag,
} as const

const listCommand = buildCommand<LibraryReadFlags, [], Context>({
  loader: async () => (await import('./library-list.ts')).list,
  parameters: { flags: readFlags },
  docs: { brief: 'List who is on the roster' },
})

const showCommand = buildCommand<LibraryReadFlags, [string?], Context>({
  loader: async () => (await import('./library-list.ts')).show,
  parameters: {
    flags: readFlags,
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Somebody on it', parse: String, placeholder: 'who', optional: true }],
    },
  },
  docs: { brief: 'Show whose roster it is, who signed it and what else it says; or all that it says of somebody' },
})

export interface LibraryInviteFlags extends JsonFlag {
  readonly roster?: string
  readonly key?: string
}

const inviteCommand = buildCommand<LibraryInviteFlags, [string], Context>({
  loader: async () => (await import('./library-invite.ts')).invite,
  parameters: {
    flags: { roster: rosterFlag, key: { ...keyFlag, optional: true }, ...jsonFlag },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'New file for the invitation', parse: String, placeholder: 'file' }],
    },
  },
  docs: {
    brief: 'Write an invitation: the roster as it was signed, which "branchline join FILE" takes',
    fullDescription: 'It is no secret. Tell whoever joins the fingerprint of the director by another way.',
  },
})

export const libraryRoutes = buildRouteMap({
  routes: {
    init: initCommand,
    add: addCommand,
    revoke: revokeCommand,
    renew: renewCommand,
    list: listCommand,
    show: showCommand,
    invite: inviteCommand,
  },
  docs: { brief: 'For the director: the key and the roster of the library' },
})

const MAX_DAYS = 3_650

function validDays(input: string): number {
  const days = wholeNumber(input)
  if (days < 1 || days > MAX_DAYS) throw new RangeError(`a number of days from 1 to ${MAX_DAYS}`)
  return days
}

/** A day alone begins at midnight here. */
export function parseDate(input: string): number {
  const time = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(input) ? `${input}T00:00:00` : input)
  if (!Number.isSafeInteger(time) || time < 0) throw new RangeError('a date such as 2026-12-31')
  return time
}
