import type { ConnectionFlags } from '../profile/settings.ts'

const text = (input: string): string => input

/** Flags that several commands share. */
export const profileFlag = {
  profile: { kind: 'parsed', parse: text, optional: true, brief: 'Folder of the profile', placeholder: 'folder' },
} as const

export const jsonFlag = {
  json: { kind: 'boolean', default: false, withNegated: false, brief: 'One JSON object a line, for programs' },
} as const

export const directorFlag = {
  director: {
    kind: 'parsed',
    parse: text,
    optional: true,
    variadic: true,
    brief: 'Verifier key of a director, who may let a log go on',
    placeholder: 'key',
  },
} as const

export const connectionFlags = {
  name: { kind: 'parsed', parse: text, optional: true, brief: 'What colleagues see you as', placeholder: 'name' },
  lan: {
    kind: 'parsed',
    parse: text,
    optional: true,
    brief: 'Name of the branch on this network (mDNS service)',
    placeholder: 'branch',
  },
  listen: {
    kind: 'parsed',
    parse: text,
    optional: true,
    variadic: true,
    brief: 'Address to listen on, such as /ip4/0.0.0.0/tcp/4100',
    placeholder: 'address',
  },
  relay: {
    kind: 'parsed',
    parse: text,
    optional: true,
    variadic: true,
    brief: 'A relay between branches, with its peer ID',
    placeholder: 'address',
  },
  peer: {
    kind: 'parsed',
    parse: text,
    optional: true,
    variadic: true,
    brief: 'A colleague at another branch: peer ID, or address with peer ID',
    placeholder: 'peer',
  },
  ...directorFlag,
} as const

export const waitFlag = {
  wait: {
    kind: 'parsed',
    parse: parseSeconds,
    default: '10',
    brief: 'Seconds to look for colleagues',
    placeholder: 's',
  },
} as const

export function wholeNumber(input: string): number {
  const value = Number(input)
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('a whole number from 0')
  return value
}

export function parseSeconds(input: string): number {
  const seconds = Number(input)
  if (!(seconds >= 0 && seconds <= 3_600)) throw new RangeError('a number of seconds from 0 to 3600')
  return seconds
}

export interface ProfileFlag {
  readonly profile?: string
}

export interface JsonFlag {
  readonly json: boolean
}

export type SessionFlags = ProfileFlag & Omit<ConnectionFlags, 'remember'>
