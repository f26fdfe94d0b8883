import { interleaved, secondsOf } from './measure.ts'
import type { Libp2pJobs } from './peers/libp2p.ts'
import type { MessengerJobs } from './peers/messenger.ts'
import { type Pair, type PeerJobs, startPair } from './peers/pair.ts'
import { inTemporaryFolder } from './place.ts'
import type { Benchmark, Row } from './row.ts'

const MESSAGES = 20_000

export const messages: Benchmark = {
  about: 'audited one-way messages against bare libp2p',
  run: async (rounds) => inTemporaryFolder((place) => run(place, rounds)),
}

async function run(place: string, rounds: number): Promise<Row[]> {
  await using ours = await startPair<MessengerJobs>('messenger.ts', place)
  await using bare = await startPair<Libp2pJobs>('libp2p.ts', place)
  const measured = await interleaved(
    rounds,
    () => oneWay(ours),
    () => oneWay(bare),
  )
  const goal = { better: 'more', must: 0.4, want: 0.75 } as const
  return [{ what: 'audited messages, one way', rival: 'bare libp2p, one send a message', unit: '/s', measured, goal }]
}

/** Messages a second, from the first send until the receiver has them all. */
async function oneWay({ sender, receiver }: Pair<PeerJobs>): Promise<number> {
  const received = receiver.call('receive', MESSAGES)
  const sent = sender.call('sendMany', MESSAGES)
  const rate = MESSAGES / (await secondsOf(() => received))
  await sent
  return rate
}
