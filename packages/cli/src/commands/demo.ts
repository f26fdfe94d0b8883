import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCommand } from '@stricli/core'
import { type Context, print } from '../io.ts'

export const demoCommand = buildCommand<object, [], Context>({
  loader: async () => demo,
  parameters: {},
  docs: {
    brief: 'See it work: two branches, three people, one relay, on this machine',
    fullDescription: [
      'Starts real processes with profiles in a temporary folder, lets them talk, verifies and joins their logs, and',
      'shows that one changed byte is found. Takes about ten seconds; exit code 0 only when all of it was true.',
    ].join('\n'),
  },
})

async function demo(this: Context): Promise<void> {
  const { io } = this
  const { tellStory } = await import('../demo/story.ts')
  const { Progress } = await import('../demo/progress.ts')
  const folder = await mkdtemp(join(tmpdir(), 'branchline-demo-'))
  print(io, 'Branchline demo: two branches of a library talk, on the record.\n')
  await tellStory(io, folder, new Progress(io))
  const command = io.env['BRANCHLINE_COMMAND'] ?? 'branchline'
  print(io, '\nAll of it was true. Try next:')
  print(io, `  ${command} audit show ${join(folder, 'ann')}`)
  print(io, `  ${command} audit verify ${join(folder, 'ann-changed')}`)
  print(io, `  ${command} library list --profile ${join(folder, 'ann')}`)
  print(
    io,
    `  ${command} chat --profile ${join(folder, 'ann')}      (and in a second terminal with ${join(folder, 'bea')})`,
  )
}
