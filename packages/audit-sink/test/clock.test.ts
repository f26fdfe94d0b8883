import { describe, expect, test } from 'vitest'
import { type AuditClock, auditLog, type AuditRecord, type AuditStore, parseRecord, verifyLog } from '../src/index.ts'
import { memoryStore } from '../src/stores/memory.ts'
import { ANN, BEA, SIGNER, textTo } from './support.ts'

const START = 1_764_000_000_000

/** Both clocks stand still until told. */
class Clock implements AuditClock {
  readonly boot: string
  wall: number
  mono = 0

  constructor(boot = '0', wall = START) {
    this.boot = boot.repeat(32)
    this.wall = wall
  }

  monoMs = (): number => this.mono
  wallMs = (): number => this.wall

  pass(ms: number): void {
    this.wall += ms
    this.mono += ms
  }
}

async function recordsOf(store: AuditStore): Promise<AuditRecord[]> {
  const records: AuditRecord[] = []
  for await (const piece of store.read()) records.push(...piece.map(({ line }) => parseRecord(line)))
  return records
}

async function open(store: AuditStore, clock: Clock) {
  return auditLog({ store, owner: ANN, signer: SIGNER, clock })
}

describe('a clock that is set', () => {
  test.each([
    ['back', -3_600_000],
    ['ahead', 3_600_000],
  ])('%s is on record before what was said after it', async (_, jump) => {
    const [store, clock] = [memoryStore(), new Clock()]
    const log = await open(store, clock)
    await log.append([textTo(BEA, 'one')])
    clock.pass(10_000)
    clock.wall += jump
    await log.append([textTo(BEA, 'two')])
    clock.pass(10_000)
    await log.append([textTo(BEA, 'three')])
    const records = await recordsOf(store)
    expect(records.map(({ kind }) => kind)).toEqual(['genesis', 'sent', 'clock-jump', 'sent', 'sent'])
    expect(records[2]?.detail).toEqual({ expected: START + 10_000, found: START + 10_000 + jump })
    expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT' })
  })

  test('by what a time server corrects is not worth a word', async () => {
    const [store, clock] = [memoryStore(), new Clock()]
    const log = await open(store, clock)
    for (let n = 0; n < 5; n++) {
      clock.pass(86_400_000)
      clock.wall -= 1_500
      await log.append([textTo(BEA, 'x')])
    }
    expect((await recordsOf(store)).map(({ kind }) => kind)).not.toContain('clock-jump')
  })

  test('back while nothing ran is on record, too', async () => {
    const store = memoryStore()
    await (await open(store, new Clock('0'))).append([textTo(BEA, 'one')])
    await (await open(store, new Clock('1', START + 86_400_000))).append([textTo(BEA, 'two')])
    await (await open(store, new Clock('2', START))).append([textTo(BEA, 'three')])
    const records = await recordsOf(store)
    expect(records.map(({ kind }) => kind)).toEqual(['genesis', 'sent', 'sent', 'clock-jump', 'sent'])
    expect(records[3]?.detail).toEqual({ expected: START + 86_400_000, found: START })
  })
})
