import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Link } from '../../src/network/lan/link.ts'
import { Packets, type Sighting } from '../../src/network/lan/packets.ts'

const SERVICE = '_branchline._udp.local'
const ANN = '12D3KooWBhMNLkFnVXfWpWQvCcuYMfDPRDaLKLDBwEmoCkVhxGpG'
const BEA = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo'
const ADDRESS = multiaddr(`/ip4/10.1.0.1/tcp/4001/p2p/${ANN}`)
const bea = new Packets({ service: SERVICE, self: BEA })

interface Sent {
  readonly at: number
  readonly kind: 'query' | 'answer'
}

let missing = false
let sent: Sent[] = []
let seen: Sighting[] = []
const links: Link[] = []

beforeEach(() => {
  vi.useFakeTimers()
  missing = false
  sent = []
  seen = []
})

afterEach(() => {
  for (const link of links.splice(0)) link.end()
  vi.useRealTimers()
})

function link(): Link {
  const send = (bytes: Uint8Array): void => {
    const kind = bea.parse(bytes, () => true)?.kind === 'query' ? 'query' : 'answer'
    sent.push({ at: performance.now(), kind })
  }
  const made = new Link({
    packets: new Packets({ service: SERVICE, self: ANN }),
    socket: { send, close: () => undefined },
    isOnLink: (address) => address.startsWith('10.1.0.'),
    addresses: () => [ADDRESS],
    isSomebodyMissing: () => missing,
    onSighting: (sighting) => seen.push(sighting),
  })
  links.push(made)
  made.begin()
  return made
}

function timesOf(kind: Sent['kind'], since = 0): number[] {
  return sent.filter((each) => each.kind === kind && each.at >= since).map(({ at }) => at)
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((at, n) => at - (times[n] as number))
}

test('it asks and tells at once when it begins, and seldom when all is quiet', async () => {
  const startedAt = performance.now()
  link()
  await vi.advanceTimersByTimeAsync(150)
  expect(sent.map(({ kind }) => kind).toSorted()).toEqual(['answer', 'query'])
  await vi.advanceTimersByTimeAsync(9_850)
  expect(timesOf('query').length).toBeGreaterThanOrEqual(3)
  await vi.advanceTimersByTimeAsync(3_600_000)
  const late = timesOf('query', startedAt + 600_000)
  expect(Math.min(...gaps(late))).toBeGreaterThanOrEqual(45_000)
  expect(Math.max(...gaps(late))).toBeLessThanOrEqual(75_000)
  expect(new Set(gaps(late).map(Math.round)).size).toBeGreaterThan(10)
})

test('however often it is asked, it answers once a second, after 20 to 120 ms', async () => {
  const asked = link()
  await vi.advanceTimersByTimeAsync(5_000)
  const startedAt = performance.now()
  for (let n = 0; n < 1_000; n++) {
    asked.hear(bea.query(), '10.1.0.2')
    await vi.advanceTimersByTimeAsync(10)
  }
  const answers = timesOf('answer', startedAt)
  expect(answers[0] as number).toBeGreaterThanOrEqual(startedAt + 20)
  expect(answers[0] as number).toBeLessThanOrEqual(startedAt + 121)
  expect(Math.min(...gaps(answers))).toBeGreaterThanOrEqual(1_000)
  expect(answers.length).toBeGreaterThanOrEqual(8)
})

test('a question of somebody else is as good as its own, but not for ever', async () => {
  const silent = link()
  await vi.advanceTimersByTimeAsync(200_000)
  while (performance.now() - (timesOf('query').at(-1) ?? 0) > 1_000) await vi.advanceTimersByTimeAsync(500)
  const startedAt = performance.now()
  for (let n = 0; n < 20; n++) {
    await vi.advanceTimersByTimeAsync(25_000)
    silent.hear(bea.query(), '10.1.0.2')
  }
  expect(timesOf('query', startedAt)).toHaveLength(0)
  for (let n = 0; n < 20; n++) {
    await vi.advanceTimersByTimeAsync(25_000)
    silent.hear(bea.query(), '10.1.0.2')
  }
  expect(timesOf('query', startedAt).length).toBeGreaterThanOrEqual(1)
})

test('while somebody is missing it asks every few seconds, and again at once', async () => {
  const asking = link()
  await vi.advanceTimersByTimeAsync(400_000)
  missing = true
  const lostAt = performance.now()
  asking.quicken()
  await vi.advanceTimersByTimeAsync(30_000)
  const queries = timesOf('query', lostAt)
  expect((queries[0] as number) - lostAt).toBeLessThan(4_000)
  expect(Math.max(...gaps(queries))).toBeLessThan(4_000)
  // One who comes and goes all the time does not keep it from asking.
  const flappedAt = performance.now()
  for (let n = 0; n < 300; n++) {
    asking.quicken()
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(timesOf('query', flappedAt).length).toBeGreaterThanOrEqual(7)
})

test('packets from another link, and more than there can be, are not looked at', async () => {
  const hearing = link()
  const answer = bea.answer([multiaddr(`/ip4/10.1.0.2/tcp/4001/p2p/${BEA}`)])
  hearing.hear(answer, '10.2.0.2')
  expect(seen).toEqual([])
  for (let n = 0; n < 5_000; n++) hearing.hear(answer, '10.1.0.2')
  expect(seen).toHaveLength(2_000)
  await vi.advanceTimersByTimeAsync(1_000)
  hearing.hear(answer, '10.1.0.2')
  expect(seen).toHaveLength(2_001)
})

test('when it ends it says goodbye, and nothing after that', async () => {
  const ending = link()
  await vi.advanceTimersByTimeAsync(5_000)
  const before = sent.length
  ending.end()
  links.length = 0
  expect(sent.slice(before).map(({ kind }) => kind)).toEqual(['answer'])
  await vi.advanceTimersByTimeAsync(100_000)
  expect(sent).toHaveLength(before + 1)
})
