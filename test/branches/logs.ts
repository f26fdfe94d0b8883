import { join } from 'node:path'
import { type AuditStore, joinLogs, parseRecord, verifyLog } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { expect } from 'vitest'
import type { Staff } from './staff.ts'

/**
 * Reads the logs of staff who have all gone home: each must be whole, all must agree, and every text that was sent must
 * be there once, in the order of its sender, both in the log and on the screen of whom it was for.
 * @returns how many messages that were
 */
export async function checkLogs(staff: readonly Staff[]): Promise<number> {
  await using open = new AsyncDisposableStack()
  const stores = await openWhole(staff, open)
  const sent = staff.flatMap(({ sent }) => [...sent.values()]).flat().length
  expect(await joinLogs(stores)).toMatchObject({ ...AGREED, both: sent, absentLogs: [] })
  await checkTexts(staff, stores)
  return sent
}

/** As `checkLogs`, where others were there, too, whose logs are not at hand. */
export async function checkLogsAmongOthers(staff: readonly Staff[]): Promise<void> {
  await using open = new AsyncDisposableStack()
  const stores = await openWhole(staff, open)
  expect(await joinLogs(stores)).toMatchObject(AGREED)
  await checkTexts(staff, stores)
}

const AGREED = { unconfirmed: [], provedMissingAtReceiver: [], provedMissingAtSender: [] }

/** The log of somebody who has gone home. */
export async function openStore({ folder }: Staff, open: AsyncDisposableStack): Promise<AuditStore> {
  return open.adopt(await levelStore(join(folder, 'log')), (store) => store.close())
}

/** The logs of staff who have gone home, each of which must be whole. */
export async function openWhole(staff: readonly Staff[], open: AsyncDisposableStack): Promise<AuditStore[]> {
  const stores: AuditStore[] = []
  for (const one of staff) {
    const store = await openStore(one, open)
    expect(await verifyLog(store), one.name).toMatchObject({ verdict: 'INTACT', findings: [] })
    stores.push(store)
  }
  return stores
}

async function checkTexts(staff: readonly Staff[], stores: readonly AuditStore[]): Promise<void> {
  for (const [n, reader] of staff.entries()) {
    const received = await receivedTexts(stores[n] as AuditStore)
    for (const sender of staff) {
      const expected = sender.sent.get(reader.peer) ?? []
      const path = `${sender.name} to ${reader.name}`
      expect(received.get(sender.peer) ?? [], `recorded, ${path}`).toEqual(expected)
      expect(reader.shownFrom(sender), `shown, ${path}`).toEqual(expected)
    }
  }
}

/** By sender, in the order of the log. */
export async function receivedTexts(store: AuditStore): Promise<Map<string, string[]>> {
  const texts = new Map<string, string[]>()
  for await (const piece of store.read()) {
    for (const { line, payloads } of piece) {
      const { kind, peers } = parseRecord(line)
      if (kind !== 'received') continue
      const from = peers?.[0] as string
      const text = payloads.find(({ label }) => label === 'text')
      texts.set(from, [...(texts.get(from) ?? []), Buffer.from(text?.bytes ?? []).toString()])
    }
  }
  return texts
}
