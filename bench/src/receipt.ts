import { counted, type Measured, measured } from './measure.ts'
import type { Libp2pJobs } from './peers/libp2p.ts'
import type { MessengerJobs } from './peers/messenger.ts'
import { startPair } from './peers/pair.ts'
import { inTemporaryFolder } from './place.ts'
import type { Benchmark, Row } from './row.ts'

const MESSAGES = 2_000

export const receipt: Benchmark = {
  about: 'from send to receipt against a libp2p round trip and the flushes that the records need',
  run: async (rounds) => inTemporaryFolder((place) => run(place, rounds)),
}

async function run(place: string, rounds: number): Promise<Row[]> {
  await using ours = await startPair<MessengerJobs>('messenger.ts', place)
  await using bare = await startPair<Libp2pJobs>('libp2p.ts', place)
  const results = await counted(rounds, async () => ({
    ...(await ours.sender.call('sendEach', MESSAGES)),
    roundTripMs: await bare.sender.call('roundTrip', MESSAGES),
    flushMs: await ours.sender.call('flush', MESSAGES),
  }))
  const against = (value: 'receiptMs' | 'settledMs', flushes: number): Measured =>
    measured(results.map((each) => ({ ours: each[value], rival: each.roundTripMs + flushes * each.flushMs })))
  const goal = { better: 'less', must: 2, want: 1.4 } as const
  return [
    {
      what: 'send -> receipt, p50',
      rival: 'libp2p round trip + 2 flushes',
      unit: 'ms',
      measured: against('receiptMs', 2),
      goal,
    },
    {
      what: 'send -> outcome on record, p50',
      rival: 'libp2p round trip + 3 flushes',
      unit: 'ms',
      measured: against('settledMs', 3),
      goal,
    },
  ]
}
