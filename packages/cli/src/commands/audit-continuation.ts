import { buildCommand } from '@stricli/core'
import type { Context } from '../io.ts'
import { type JsonFlag, jsonFlag, type ProfileFlag, profileFlag, wholeNumber } from './flags.ts'

const text = (input: string): string => input

export interface RecoverFlags extends ProfileFlag, JsonFlag {
  readonly key?: string
  readonly reason?: string
  readonly knownSize?: number
}

export const recoverCommand = buildCommand<RecoverFlags, [], Context>({
  loader: async () => (await import('./audit-recover.ts')).recover,
  parameters: {
    flags: {
      ...profileFlag,
      key: { kind: 'parsed', parse: text, optional: true, brief: 'File with the director’s key', placeholder: 'file' },
      reason: {
        kind: 'parsed',
        parse: text,
        optional: true,
        brief: 'What has happened, in one line',
        placeholder: 'words',
      },
      knownSize: {
        kind: 'parsed',
        parse: wholeNumber,
        optional: true,
        brief: 'How many records a colleague has seen of the log',
        placeholder: 'n',
      },
      ...jsonFlag,
    },
  },
  docs: {
    brief: 'Let a log go on that does not open: it was rolled back, or its key or its head note is lost',
    fullDescription: [
      'For a director, at the machine of the log, with no chat running. Keep a copy of the profile first: it is evidence.',
      'All that is there is verified; a log with holes is refused. Then a record says who let the log go on and why, what',
      'is lost, and which key signs from there on: a new one, which is made. To whoever knows the director the log is',
      'then INCOMPLETE where it is known to have had more, and no longer ROLLED BACK. Asks for what is not given.',
    ].join('\n'),
  },
})

export interface RotateKeyFlags extends ProfileFlag, JsonFlag {
  readonly reason: string
}

export const rotateKeyCommand = buildCommand<RotateKeyFlags, [], Context>({
  loader: async () => (await import('./audit-rotate-key.ts')).rotate,
  parameters: {
    flags: {
      ...profileFlag,
      reason: { kind: 'parsed', parse: text, brief: 'Why, in one line', placeholder: 'words' },
      ...jsonFlag,
    },
  },
  docs: {
    brief: 'Give the log a new key, which the old one signs for on record',
    fullDescription: [
      'With no chat running. The new key takes the place of the old one in log.key. Checkpoints of fewer records stay',
      'signed by the old key, those of more by the new: neither counts for the time of the other.',
    ].join('\n'),
  },
})
