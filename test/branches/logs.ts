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
  const stores: AuditStore[] = []
  for (const { folder, name } of staff) {
    const store = open.adopt(await levelStore(join(folder, 'log')), (store) => store.close())
    expect(await verifyLog(store), name).toMatchObject({ verdict: 'INTACT', findings: [] })
    stores.push(store)
  }
  const sent = staff.flatMap(({ sent }) => [...sent.values()]).flat().length
  expect(await joinLogs(stores)).toMatchObject({
    both: sent,
    unconfirmed: [],
    provedMissingAtReceiver: [],
    provedMissingAtSender: [],
    absentLogs: [],
  })
  for (const [n, reader] of staff.entries()) {
    const received = await receivedTexts(stores[n] as AuditStore)
    for (const sender of staff) {
      const expected = sender.sent.get(reader.peer) ?? []
      const path = `${sender.name} to ${reader.name}`
      expect(received.get(sender.peer) ?? [], `recorded, ${path}`).toEqual(expected)
      expect(reader.shownFrom(sender), `shown, ${path}`).toEqual(expected)
    }
  }
  return sent
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
