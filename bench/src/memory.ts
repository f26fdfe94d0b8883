import { setTimeout as pause } from 'node:timers/promises'
import { interleaved } from './measure.ts'
import { type PeerJobs, startPair } from './peers/pair.ts'
import { inTemporaryFolder } from './place.ts'
import type { Benchmark } from './row.ts'

/** After this long a node that was just started has nothing left to do. */
const SETTLE_MS = 3_000

export const memory: Benchmark = {
  about: 'memory of an idle messenger against a bare libp2p node',
  run: async (rounds) => {
    const measured = await interleaved(
      rounds,
      () => idleMebibytes('messenger.ts'),
      () => idleMebibytes('libp2p.ts'),
    )
    const goal = { better: 'less', must: 1.4, want: 1.2 } as const
    return [{ what: 'idle memory', rival: 'a bare libp2p node', unit: 'MiB', measured, goal }]
  },
}

/** Of the process that dialled, connected to another like it. */
async function idleMebibytes(script: string): Promise<number> {
  return inTemporaryFolder(async (place) => {
    await using pair = await startPair<PeerJobs>(script, place)
    await pause(SETTLE_MS)
    return (await pair.sender.call('memory')) / 2 ** 20
  })
}
