import { type AuditStore, joinLogs, leafHash, parseRecord } from '@branchline/audit-sink'
import { expect } from 'vitest'
import { openWhole, receivedTexts } from './logs.ts'
import type { Staff } from './staff.ts'

/** How often each result was told. */
export type Tally = Readonly<Record<string, number>>

/**
 * Holds what senders were told against the logs of all, who have gone home. Whatever was delivered is in both logs, and
 * what could not be sent in none; of what was not confirmed the sender's log says so, and it came once at most. Nobody
 * was told anything else. What came was shown as it is in the log, in the order in which it was sent.
 */
export async function checkAttempts(staff: readonly Staff[]): Promise<Tally> {
  await using open = new AsyncDisposableStack()
  const stores = await openWhole(staff, open)
  const joined = await joinLogs(stores)
  expect(joined).toMatchObject({ provedMissingAtReceiver: [], provedMissingAtSender: [], repeated: [], absentLogs: [] })
  const tally: Record<string, number> = {}
  const outcomes = await Promise.all(stores.map((store) => outcomesIn(store)))
  const received = await Promise.all(stores.map((store) => receivedTexts(store)))
  for (const [n, sender] of staff.entries()) {
    for (const [m, reader] of staff.entries()) {
      const path = `${sender.name} to ${reader.name}`
      const came = received[m]?.get(sender.peer) ?? []
      expect(reader.shownFrom(sender), `shown, ${path}`).toEqual(came)
      const attempts = sender.attempts.get(reader.peer) ?? []
      for (const { text, result } of attempts) {
        tally[result] = (tally[result] ?? 0) + 1
        const times = came.filter((each) => each === text).length
        const recorded = outcomes[n]?.get(text) ?? []
        expect({ path, text, result, recorded, times }).toSatisfy(isAsTold)
      }
      const texts = new Set(attempts.map(({ text }) => text))
      expect(came, `what was never sent, ${path}`).toSatisfy((all: string[]) => all.every((one) => texts.has(one)))
    }
  }
  expect(joined.both + joined.unconfirmed.length).toBe((tally['delivered'] ?? 0) + (tally['NOT_CONFIRMED'] ?? 0))
  return tally
}

interface Told {
  readonly result: string
  /** What the sender's log says became of it: one for each `sent` record of this text. */
  readonly recorded: readonly string[]
  /** How often it is in the reader's log. */
  readonly times: number
}

function isAsTold({ result, recorded, times }: Told): boolean {
  const [outcome, ...more] = recorded
  if (more.length > 0) return false
  if (result === 'delivered') return outcome === 'delivered' && times === 1
  if (result === 'PEER_UNREACHABLE') return outcome === undefined && times === 0
  if (result !== 'NOT_CONFIRMED') return false
  return outcome === 'withheld' ? times === 0 : outcome === 'unconfirmed' && times <= 1
}

/** By text; 'none' for one that was sent and of which the log says no more. */
async function outcomesIn(store: AuditStore): Promise<Map<string, string[]>> {
  const texts = new Map<string, string>()
  const outcomes = new Map<string, string>()
  for await (const piece of store.read()) {
    for (const { line, payloads } of piece) {
      const { kind, message, detail } = parseRecord(line)
      if (kind === 'sent') texts.set(leafHash(line), Buffer.from(payloads[0]?.bytes ?? []).toString())
      if (kind === 'outcome') outcomes.set(String(message), String(detail?.['result']))
    }
  }
  const byText = Map.groupBy(texts.keys(), (id) => texts.get(id) as string)
  return new Map([...byText].map(([text, ids]) => [text, ids.map((id) => outcomes.get(id) ?? 'none')]))
}
