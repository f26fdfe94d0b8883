import { deepEqual, equal, rejects } from 'node:assert/strict'
import type { SeenCheckpoint } from '../record/record.ts'
import type { AuditStore } from '../store.ts'
import { TILE_WIDTH } from '../tlog/tiled-tree.ts'
import { hashOf, seqsOf } from './batches.ts'
import type { Bench, CaseDraft } from './bench.ts'
import { LIES, liarOver, reading } from './liars.ts'
import { appendTexts, assertLogHolds, openLog, receivedEntry, textEntry } from './logs.ts'

/** Another log's checkpoint; nobody here checks its signature. */
const seenOf = (origin: string, size: number): SeenCheckpoint => [origin, size, hashOf(origin), 'ab'.repeat(64)]

const LIE_CASES: readonly CaseDraft[] = Object.entries(LIES).map(([what, lie]) => ({
  name: `a store that ${what} is caught by the log before an append resolves`,
  async run(bench) {
    const driver = await bench.open()
    await assertCaught(bench, driver, reading(driver, lie), 3)
  },
}))

async function assertCaught(
  bench: Bench,
  driver: AuditStore,
  change: Partial<AuditStore>,
  count: number,
): Promise<void> {
  const liar = liarOver(driver, change)
  const log = await openLog(liar.store)
  const acknowledged = await appendTexts(log, 3)
  liar.lie()
  await rejects(appendTexts(log, count), { code: 'AUDIT_STORE_LIED' })
  await rejects(appendTexts(log, 1), { code: 'AUDIT_FAILED' })
  const honest = await bench.reopen(driver)
  await openLog(honest)
  await assertLogHolds(honest, acknowledged)
}

export const LOG_CASES: readonly CaseDraft[] = [
  {
    name: 'a log goes on where it was left, through many batches, with its tree and what it looks up',
    async run(bench) {
      let store = await bench.open()
      let log = await openLog(store)
      const acknowledged = (
        await Promise.all(Array.from({ length: 300 }, (_, n) => log.append([textEntry(`text ${n}`)])))
      ).flat()
      const origin = 'branchline/another'
      const received = [7, 9, 8].map((size) => receivedEntry(size, [seenOf(origin, size)]))
      for (const entry of received) acknowledged.push(...(await log.append([entry])))
      const { size } = await log.head()
      const request = { size, seq: 0, from: TILE_WIDTH }
      const [checkpoint, proof] = [await log.checkpoint(), await log.prove(request)]
      store = await bench.reopen(store)
      log = await openLog(store)
      equal((await log.checkpoint()).root, checkpoint.root)
      deepEqual(await log.prove(request), proof)
      for (const [n, { message }] of received.entries()) equal(await log.lookup(message), 301 + n)
      equal((await log.witnessed(origin))?.[1], 9)
      acknowledged.push(...(await appendTexts(log, 1)))
      deepEqual(
        seqsOf(acknowledged),
        Array.from({ length: 304 }, (_, n) => n + 1),
      )
      await assertLogHolds(store, acknowledged)
    },
  },
  ...LIE_CASES,
  {
    name: 'a store that forgets a tile is caught by the log before an append resolves',
    async run(bench) {
      const driver = await bench.open()
      await assertCaught(bench, driver, { tile: async () => undefined }, TILE_WIDTH)
    },
  },
  {
    name: 'a log that has a gap is refused with AUDIT_LOG_DAMAGED',
    async run(bench) {
      const driver = await bench.open()
      const log = await openLog(driver)
      for (const count of [1, 3, 300]) await appendTexts(log, count)
      for (const gone of [0, 1, 3, 150, 304]) {
        const liar = liarOver(
          driver,
          reading(driver, (piece) => piece.filter(({ seq }) => seq !== gone)),
        )
        liar.lie()
        await rejects(openLog(liar.store), { code: 'AUDIT_LOG_DAMAGED' }, `record ${gone} is gone`)
      }
      await openLog(driver)
    },
  },
  {
    name: 'a log that was rolled back is refused with AUDIT_LOG_ROLLED_BACK',
    needs: ['keepCopy'],
    async run(bench) {
      let store = await bench.open()
      await appendTexts(await openLog(store), 300)
      await bench.close(store)
      const rollBack = await bench.keepCopy()
      store = await bench.open()
      await appendTexts(await openLog(store), 1)
      await bench.close(store)
      await rollBack()
      await rejects(openLog(await bench.open()), { code: 'AUDIT_LOG_ROLLED_BACK' })
    },
  },
  {
    name: 'a log that is gone while its head note is there is refused with AUDIT_LOG_ROLLED_BACK',
    needs: ['keepCopy'],
    async run(bench) {
      let store = await bench.open()
      await bench.close(store)
      const rollBack = await bench.keepCopy()
      store = await bench.open()
      await appendTexts(await openLog(store), 3)
      await bench.close(store)
      await rollBack()
      await rejects(openLog(await bench.open()), { code: 'AUDIT_LOG_ROLLED_BACK' })
    },
  },
]
