import { expect, test } from 'vitest'
import { type Filer, filers, offeredTo, original } from './files/support.ts'
import { pause, until } from './support.ts'

const MESSAGES = 150
const PAUSE_MS = 40
const FILE_BYTES = 80_000_000

/** Send to receipt, of messages that both say in turn, milliseconds. */
async function talk(ann: Filer, bea: Filer, goesOn: () => boolean = () => true): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < MESSAGES && goesOn(); n++) {
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

test('chat is not slowed by a file that goes beside it', { timeout: 90_000, retry: 2 }, async () => {
  const [ann, bea] = await filers()
  await talk(ann, bea) // Until code is warm.
  const before = await talk(ann, bea)
  await ann.messenger.offer(bea.peer, original(FILE_BYTES).path)
  const { id } = await offeredTo(bea)
  let moved = 0
  bea.messenger.addEventListener('file:progress', ({ detail }) => {
    moved = detail.bytes
  })
  await bea.messenger.accept(id)
  await until(() => moved > 0, 'the first bytes')
  const [movedBefore, began] = [moved, performance.now()]
  const during = await talk(ann, bea, () => bea.arrived.length === 0)
  const rate = (moved - movedBefore) / 1_000 / (performance.now() - began)
  await until(() => bea.arrived.length === 1, 'the file', 40_000)
  const idle = [...before, ...(await talk(ann, bea))]
  const told = (times: readonly number[]): string =>
    [0.5, 0.95, 0.99].map((of) => `p${of * 100} ${quantile(times, of).toFixed(1)}`).join(', ')
  console.log(
    `send to receipt, ms: idle ${told(idle)}; beside a file ${told(during)}, with ${rate.toFixed(1)} MB/s of it`,
  )
  expect(during.length).toBeGreaterThan(MESSAGES / 2)
  expect(rate).toBeGreaterThan(0.2)
  expect(quantile(during, 0.95)).toBeLessThan(2 * quantile(idle, 0.95))
})
