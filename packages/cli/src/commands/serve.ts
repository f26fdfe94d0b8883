import { buildCommand } from '@stricli/core'
import manifest from '../../package.json' with { type: 'json' }
import { CliError } from '../cli-error.ts'
import type { Context } from '../io.ts'
import { connectionFlags, profileFlag, type SessionFlags } from './flags.ts'

interface ServeFlags extends SessionFlags {
  readonly stdio: boolean
}

export const serveCommand = buildCommand<ServeFlags, [], Context>({
  loader: async () => serve,
  parameters: {
    flags: {
      stdio: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Requests on standard input, answers and events on standard output',
      },
      ...profileFlag,
      ...connectionFlags,
    },
  },
  docs: {
    brief: 'Serve the messenger to a program in any language, in lines of JSON',
    fullDescription: [
      'Runs until its input ends. Each line of standard input is a request, each of standard output a response or an',
      'event; spec/stdio.md and spec/stdio.schema.json say what they hold, docs/embedding.md shows it.',
      '',
      '  {"id": 1, "method": "post", "params": {"where": "#reference", "text": "Is 641.5 ROM on your shelf?"}}',
    ].join('\n'),
  },
})

async function serve(this: Context, flags: ServeFlags): Promise<void> {
  const { io } = this
  if (!flags.stdio) throw new CliError('USAGE', 'say over what to serve: branchline serve --stdio')
  const { chooseProfile } = await import('../profile/paths.ts')
  const { settingsFor } = await import('../profile/settings.ts')
  const { openSession } = await import('../profile/open.ts')
  const { serve: serveTo } = await import('../serve/serve.ts')
  const paths = chooseProfile(io, flags.profile)
  await using session = await openSession(paths, await settingsFor(paths, flags), io.signal)
  await serveTo({ io, session, version: manifest.version })
}
