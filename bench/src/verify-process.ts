/** A fresh process that verifies a log, or hashes as many bytes in memory, and says how long that took. */
import { hash } from 'node:crypto'
import { verifyLog } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { watchMemory } from './memory-use.ts'

export interface VerifyTimes {
  readonly seconds: number
  /** Most memory that it needed, in bytes. */
  readonly peakBytes: number
}

const memory = watchMemory()
const [job, ...args] = process.argv.slice(2)
const seconds = job === 'log' ? await timeLog(args[0] as string) : timeChain(Number(args[0]), Number(args[1]))
const times: VerifyTimes = { seconds, peakBytes: memory.peakBytes() }
console.log(JSON.stringify(times))

async function timeLog(folder: string): Promise<number> {
  const store = await levelStore(folder)
  const start = performance.now()
  const { verdict, records, payloadsOpened } = await verifyLog(store)
  const took = (performance.now() - start) / 1_000
  await store.close()
  if (verdict !== 'INTACT' || payloadsOpened !== records - 1) throw new Error(`the log that was written is ${verdict}`)
  return took
}

/** Each hash is over the one before and the record's bytes: no chain of them can cost less. */
function timeChain(records: number, recordBytes: number): number {
  const bytes = Buffer.alloc(recordBytes, 'chain')
  const start = performance.now()
  for (let n = 0; n < records; n++) bytes.write(hash('sha256', bytes, 'hex'), 'latin1')
  return (performance.now() - start) / 1_000
}
