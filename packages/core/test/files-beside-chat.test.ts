import { describe, expect, test } from 'vitest'
import { over } from './files/slow-link.ts'
import { type Filer, filer, offeredTo, original } from './files/support.ts'
import { pause, until } from './support.ts'

const MESSAGES = 100
const PAUSE_MS = 40

/** Send to receipt, of messages that both say in turn, milliseconds. */
async function talk(ann: Filer, bea: Filer): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < MESSAGES; n++) {
    const [from, to] = n % 2 === 0 ? [ann, bea] : [bea, ann]
    const began = performance.now()
    await from.messenger.send(to.peer, `message ${n}`)
    times.push(performance.now() - began)
    await pause(PAUSE_MS)
  }
  return times
}

function quantile(times: readonly number[], of: number): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * of) - 1] as number
}

const told = (times: readonly number[]): string =>
  [0.5, 0.95, 0.99].map((of) => `p${of * 100} ${quantile(times, of).toFixed(1)}`).join(', ')

/** 16 Mbit/s and 40 ms there and back, with a modem that buffers without end: as between branches. */
const SLOW = { bytesPerSecond: 2_000_000, delayMs: 20 }

describe('chat is not slowed by a file that goes beside it', () => {
  test.each<[string, (address: string) => Promise<string>, number, number]>([
    ['on one machine', async (address) => address, 0, 1_000_000],
    ['over a slow line', async (address) => over(SLOW, address), 2 * SLOW.delayMs, 500_000],
  ])('%s', { timeout: 90_000, retry: 2 }, async (where, way, leastMs, leastRate) => {
    const bea = await filer()
    // Nobody can dial her: there is no other way than this.
    const ann = await filer({ peers: [await way(bea.address)], listen: [] })
    await until(() => ann.messenger.colleagues().some(({ link }) => link === 'direct'), 'the link', 10_000)
    if (where === 'on one machine') await talk(ann, bea) // Until code is warm.
    const before = await talk(ann, bea)
    await ann.messenger.offer(bea.peer, original(100_000_000).path)
    const { id } = await offeredTo(bea)
    let moved = 0
    bea.messenger.addEventListener('file:progress', ({ detail }) => {
      moved = detail.bytes
    })
    await bea.messenger.accept(id)
    await until(() => moved > 1_000_000, 'the first bytes', 10_000)
    const [movedBefore, began] = [moved, performance.now()]
    const during = await talk(ann, bea)
    const rate = ((moved - movedBefore) * 1_000) / (performance.now() - began)
    expect(bea.arrived, 'the file was there all the time').toEqual([])
    await bea.messenger.decline(id)
    await pause(500)
    const idle = [...before, ...(await talk(ann, bea))]
    const megabytes = (rate / 1_000_000).toFixed(1)
    console.log(`${where}, send to receipt, ms: idle ${told(idle)}; beside ${megabytes} MB/s of a file ${told(during)}`)
    expect(Math.min(...during, ...idle)).toBeGreaterThan(leastMs)
    expect(rate).toBeGreaterThan(leastRate)
    expect(quantile(during, 0.95)).toBeLessThan(2 * quantile(idle, 0.95))
  })
})
