import type { Hash } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { MAX_COUNTED, MAX_PAGE } from '../limits.ts'
import { lastUnder } from './db.ts'
import * as keys from './keys.ts'
import type { Reader } from './reader.ts'
import type { Row } from './row.ts'
import type { ConversationView, Said } from './views.ts'

export interface PageOptions {
  /** Message ID: only what stands above it. */
  readonly before?: Hash | undefined
  /** At most 200, which is the default. */
  readonly limit?: number | undefined
}

export const limited = (limit: number | undefined): number => Math.max(0, Math.min(limit ?? MAX_PAGE, MAX_PAGE))

/** One page, the last by default, in the order of spec/content.md section 1. */
export async function readPage(reader: Reader, conversation: string, options: PageOptions = {}): Promise<Said[]> {
  const { before, limit } = options
  const shown = keys.under(`o${conversation}`)
  const lt = before === undefined ? shown.lt : `o${conversation}\0${keys.placeOf(placed(reader, before))}`
  const found = await reader.db.keys({ gte: shown.gte, lt, reverse: true, limit: limited(limit) }).all()
  return saidOf(reader, found.toReversed().map(keys.idAtEnd))
}

function placed(reader: Reader, id: Hash): Row {
  const row = reader.row(id)
  if (row === undefined) throw new MessengerError('HISTORY_UNKNOWN', `no message ${id} is in the history`)
  return row
}

export async function saidOf(reader: Reader, ids: readonly Hash[]): Promise<Said[]> {
  const rows = ids.map((id) => reader.row(id)).filter((row) => row !== undefined)
  return Promise.all(rows.map((row) => reader.said(row)))
}

/** Those in which something is shown, the one with the newest on record first. */
export async function listConversations(reader: Reader): Promise<ConversationView[]> {
  const names = (await reader.db.keys(keys.family('c')).all()).map((key) => key.slice(1))
  const found: { view: ConversationView; seq: number }[] = []
  for (const conversation of names) {
    const last = await lastRow(reader, conversation)
    if (last !== undefined) found.push({ seq: last.seq, view: await viewOf(reader, conversation, last) })
  }
  return found.toSorted((a, b) => b.seq - a.seq).map(({ view }) => view)
}

async function lastRow(reader: Reader, conversation: string): Promise<Row | undefined> {
  const key = await lastUnder(reader.db, `o${conversation}`)
  return key === undefined ? undefined : reader.row(keys.idAtEnd(key))
}

async function viewOf(reader: Reader, conversation: string, last: Row): Promise<ConversationView> {
  const unread = await reader.db.keys({ ...keys.under(`u${conversation}`), limit: MAX_COUNTED }).all()
  return {
    conversation,
    name: await nameOf(reader, conversation),
    last: { id: last.id, time: last.sentAt },
    unread: unread.length,
    members: reader.membersOf(last),
  }
}

async function nameOf(reader: Reader, conversation: string): Promise<string | undefined> {
  const key = await lastUnder(reader.db, `g${conversation}`)
  const row = key === undefined ? undefined : reader.row(keys.idAtEnd(key))
  const about = row === undefined ? undefined : (await reader.said(row)).about
  return about?.type === 'group' ? about.name : undefined
}

/** Urgent messages to us that no mark of ours acknowledges, in the order of their records; the newest 200. */
export async function listAlerts(reader: Reader): Promise<Said[]> {
  const ids = await reader.db.values({ ...keys.family('l'), reverse: true, limit: MAX_PAGE }).all()
  return saidOf(reader, ids.toReversed())
}
