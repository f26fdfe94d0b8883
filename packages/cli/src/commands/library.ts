import { buildCommand, buildRouteMap } from '@stricli/core'
import type { Context } from '../io.ts'
import { type JsonFlag, jsonFlag } from './flags.ts'

const text = (input: string): string => input

export interface LibraryInitFlags extends JsonFlag {
  readonly key: string
  readonly name?: string
}

const initCommand = buildCommand<LibraryInitFlags, [], Context>({
  loader: async () => (await import('./library-init.ts')).init,
  parameters: {
    flags: {
      key: { kind: 'parsed', parse: text, brief: 'New file for the key', placeholder: 'file' },
      name: {
        kind: 'parsed',
        parse: text,
        optional: true,
        brief: 'Name of the director, without spaces; else that of this account',
        placeholder: 'name',
      },
      ...jsonFlag,
    },
  },
  docs: {
    brief: 'Make the key with which a director lets a log go on that does not open',
    fullDescription: [
      'Writes the key to a new file, for its owner alone, and prints its verifier key, which everybody may know.',
      'Keep the file away from the machines of staff, on a stick in a safe, say: whoever has it can let any log go on.',
    ].join('\n'),
  },
})

export const libraryRoutes = buildRouteMap({
  routes: { init: initCommand },
  docs: { brief: 'For the director: keys of the library' },
})
