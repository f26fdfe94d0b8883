import { type AuditStore, joinLogs, parseRecord } from '@branchline/audit-sink'
import { expect } from 'vitest'
import { openWhole } from './logs.ts'
import type { Staff } from './staff.ts'

/**
 * Both have gone home: their logs are whole and join without a gap, and in each the file was offered once, accepted after
 * it was accepted and declined so many times, and there once.
 */
export async function checkRecord(pair: readonly [Staff, Staff], id: string, declined = 0): Promise<void> {
  await using open = new AsyncDisposableStack()
  const stores = await openWhole(pair, open)
  const before = Array.from({ length: declined }, () => ['accept', 'decline']).flat()
  for (const store of stores) expect(await answersTo(store, id)).toEqual([...before, 'accept', 'received'])
  expect(await joinLogs(stores)).toMatchObject({
    unconfirmed: [],
    provedMissingAtReceiver: [],
    provedMissingAtSender: [],
    absentLogs: [],
  })
}

/** What a log has of answers to an offer, in its order. */
async function answersTo(store: AuditStore, id: string): Promise<string[]> {
  const answers: string[] = []
  for await (const piece of store.read()) {
    for (const { line, payloads } of piece) {
      const { kind } = parseRecord(line)
      const content = payloads.find(({ label }) => label === 'content')
      if ((kind !== 'sent' && kind !== 'received') || content === undefined) continue
      const about = JSON.parse(Buffer.from(content.bytes).toString()) as { type: string; of?: string; answer?: string }
      if (about.type === 'file-answer' && about.of === id) answers.push(String(about.answer))
    }
  }
  return answers
}
