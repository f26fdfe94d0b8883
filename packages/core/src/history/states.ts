import type { Hash } from '@branchline/audit-sink'
import { firstUnder } from './db.ts'
import type { Outcome } from './fold.ts'
import * as keys from './keys.ts'
import type { Reader } from './reader.ts'
import type { Row } from './row.ts'
import type { RecipientState, StateView, Undelivered } from './views.ts'

/** Of a message of ours, for each recipient; of another, or of none, nothing. */
export async function listStates(reader: Reader, id: Hash): Promise<StateView[]> {
  const row = reader.row(id)
  if (row?.own !== true) return []
  return Promise.all(reader.recipientsOf(row).map((peer) => stateFor(reader, row, peer)))
}

async function stateFor(reader: Reader, row: Row, peer: string): Promise<StateView> {
  const outcome = outcomeOf(reader, row, peer)
  const [read, acknowledged] = [await markTime(reader, row, 'r', peer), await markTime(reader, row, 'a', peer)]
  const recordedByPeer = outcome?.result === 'delivered' ? outcome.time : undefined
  const steps = { peer, recordedByPeer, read, acknowledged, reason: outcome?.reason }
  if (acknowledged !== undefined) return { ...steps, state: 'acknowledged', time: acknowledged }
  if (read !== undefined) return { ...steps, state: 'read', time: read }
  if (recordedByPeer !== undefined) return { ...steps, state: 'recorded by peer', time: recordedByPeer }
  if (outcome === undefined) return { ...steps, state: 'recorded', time: row.recordedAt }
  return { ...steps, state: outcome.result as RecipientState, time: outcome.time }
}

function outcomeOf(reader: Reader, { id }: Row, peer: string): Outcome | undefined {
  // That the peer has it stands, whatever is on record beside that.
  const text = reader.db.getSync(keys.deliveredKey(id, peer)) ?? reader.db.getSync(keys.outcomeKey(id, peer))
  return text === undefined ? undefined : (JSON.parse(text) as Outcome)
}

/** Of the first mark. */
async function markTime(reader: Reader, row: Row, mark: keys.Mark, peer: string): Promise<number | undefined> {
  const first = await firstUnder(reader.db, keys.marksBy(row.id, mark, row.conversation, peer))
  return first === undefined ? undefined : keys.timeAtEnd(first)
}

/** What waits for an outcome, by peer, then in the order of the log. */
export async function* listUndelivered(reader: Reader): AsyncIterable<Undelivered> {
  for await (const [key, value] of reader.db.iterator(keys.family('n'))) {
    const [id, time] = value.split(' ') as [Hash, string]
    yield { peer: key.slice(1, key.indexOf('\0')), id, seq: keys.seqAtEnd(key), time: Number(time) }
  }
}
