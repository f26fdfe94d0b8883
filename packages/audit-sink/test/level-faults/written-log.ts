import type { StoredEntry } from '../../src/index.ts'
import { levelStore } from '../../src/stores/level.ts'
import { BEA, logOf, textTo } from '../support.ts'

const BATCHES = 100
const BATCH_ENTRIES = 10
/** LevelDB moves what it finds in its write-ahead log into a table when it is opened: so there is some in both. */
const BATCHES_IN_TABLES = 60
const TEXT_BYTES = 400

/** A log of 1,001 records, closed. */
export async function writeLog(folder: string): Promise<StoredEntry[]> {
  const written: StoredEntry[] = []
  for (const [from, to] of [
    [0, BATCHES_IN_TABLES],
    [BATCHES_IN_TABLES, BATCHES],
  ] as const) {
    const log = await logOf(await levelStore(folder))
    for (let batch = from; batch < to; batch++) {
      await log.append(Array.from({ length: BATCH_ENTRIES }, (_, n) => textTo(BEA, textOf(batch * BATCH_ENTRIES + n))))
    }
    if (to === BATCHES) for await (const piece of log.read()) written.push(...piece)
    await log.close()
  }
  return written
}

/** Too varied for LevelDB to make it much smaller. */
function textOf(n: number): string {
  const random = randomOf(n)
  return Array.from({ length: TEXT_BYTES }, () => String.fromCharCode(0x21 + Math.floor(random() * 90))).join('')
}

/** Mulberry32: the same places in every run. */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
