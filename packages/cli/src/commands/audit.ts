import { buildCommand, buildRouteMap } from '@stricli/core'
import type { Context } from '../io.ts'
import { type JsonFlag, jsonFlag, type ProfileFlag, profileFlag } from './flags.ts'

const place = {
  kind: 'tuple',
  parameters: [{ brief: 'Folder of a profile or of a log', parse: String, placeholder: 'folder', optional: true }],
} as const

export type VerifyFlags = ProfileFlag & JsonFlag

const verifyCommand = buildCommand<VerifyFlags, [string?], Context>({
  loader: async () => (await import('./audit-verify.ts')).verify,
  parameters: { flags: { ...profileFlag, ...jsonFlag }, positional: place },
  docs: {
    brief: 'Check that a log is whole: every hash, every text',
    fullDescription: [
      'Reads only. Works while a chat runs on the profile. Says INTACT, or what is wrong and from which record on,',
      'and what a check of one log alone cannot show.',
      'Exit code: 0 INTACT, 10 INCOMPLETE, 11 DAMAGED, 12 TAMPERED.',
    ].join('\n'),
  },
})

export interface ShowFlags extends ProfileFlag, JsonFlag {
  readonly from?: number
  readonly last?: number
}

const number = (input: string): number => {
  const value = Number(input)
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('a whole number from 0')
  return value
}

const showCommand = buildCommand<ShowFlags, [string?], Context>({
  loader: async () => (await import('./audit-show.ts')).show,
  parameters: {
    flags: {
      ...profileFlag,
      from: { kind: 'parsed', parse: number, optional: true, brief: 'First record to show', placeholder: 'n' },
      last: { kind: 'parsed', parse: number, optional: true, brief: 'Show the last n records', placeholder: 'n' },
      ...jsonFlag,
    },
    positional: place,
  },
  docs: {
    brief: 'Print records in plain words, or as they are (--json)',
    fullDescription: 'Reads only. With --json each line holds the record, its hash, and the texts that open with it.',
  },
})

const joinCommand = buildCommand<JsonFlag, string[], Context>({
  loader: async () => (await import('./audit-join.ts')).join,
  parameters: {
    flags: { ...jsonFlag },
    positional: {
      kind: 'array',
      minimum: 2,
      parameter: { brief: 'Folders of profiles or of logs', parse: String, placeholder: 'folder' },
    },
  },
  docs: {
    brief: 'Hold several logs against each other, message by message',
    fullDescription: [
      'Verifies each log, then joins them: on record at both ends, proved missing at one, or unconfirmed.',
      'Exit code: 0 when all are INTACT and nothing is proved missing; else as for verify (missing: 10).',
    ].join('\n'),
  },
})

export const auditRoutes = buildRouteMap({
  routes: { verify: verifyCommand, show: showCommand, join: joinCommand },
  docs: { brief: 'Check and read the record' },
})
