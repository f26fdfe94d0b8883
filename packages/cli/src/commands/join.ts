import { buildCommand } from '@stricli/core'
import type { Context } from '../io.ts'
import { connectionFlags, type JsonFlag, jsonFlag, type ProfileFlag, profileFlag } from './flags.ts'

export interface JoinLibraryFlags extends ProfileFlag, JsonFlag {
  readonly name?: string
  readonly yes: boolean
}

export const joinCommand = buildCommand<JoinLibraryFlags, [string?], Context>({
  loader: async () => (await import('./join-library.ts')).joinLibrary,
  parameters: {
    flags: {
      ...profileFlag,
      name: connectionFlags.name,
      yes: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'The fingerprint is the one that the director told me',
      },
      ...jsonFlag,
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Invitation from the director', parse: String, placeholder: 'file', optional: true }],
    },
  },
  docs: {
    brief: 'Take part in a library: print the code for its director, or take the invitation',
    fullDescription: [
      'Without a file: prints a code. Give it to the director, who puts you on the roster with it.',
      'With the director’s file: shows the library’s name and the director’s fingerprint, which must be the one that the',
      'director told you, and takes the roster into the profile. Later rosters of the same library need no question, and',
      'come from colleagues by themselves.',
    ].join('\n'),
  },
})
