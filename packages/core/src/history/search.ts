import type { Hash } from '@branchline/audit-sink'
import { MAX_CONTINUED_WORDS, MAX_POSTINGS, MAX_QUERY_WORDS } from '../limits.ts'
import { limited, saidOf } from './conversations.ts'
import type { IndexDb } from './db.ts'
import * as keys from './keys.ts'
import { parseList } from './postings.ts'
import type { Reader } from './reader.ts'
import type { Row } from './row.ts'
import type { Said } from './views.ts'
import { type Query, queryOf } from './words.ts'

export interface SearchOptions {
  readonly conversation?: string | undefined
  /** Peer ID of the author. */
  readonly from?: string | undefined
  /** By the author's clock, milliseconds since 1970: not before the one, and before the other. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** At most 200, which is the default. */
  readonly limit?: number | undefined
}

/** Seqs of messages with a word, newest first. */
interface Found {
  readonly seqs: readonly number[]
  /** None was left out. */
  readonly isWhole: boolean
}

/** Messages with all these words as they read now, the one whose words were recorded last first. */
export async function searchMessages(reader: Reader, text: string, options: SearchOptions = {}): Promise<Said[]> {
  const query = queryOf(text, MAX_QUERY_WORDS)
  const ids = new Set<Hash>()
  const max = limited(options.limit)
  for (const seq of await candidates(reader.db, query)) {
    if (ids.size >= max) break
    const id = idWithAll(reader.db, seq, query)
    const row = id === undefined ? undefined : await nowReading(reader, id)
    if (row !== undefined && isAskedFor(row, options)) ids.add(row.id)
  }
  return saidOf(reader, [...ids])
}

/** Where the rarest of the words stands: the others are looked for there. */
async function candidates(db: IndexDb, { whole, beginnings }: Query): Promise<readonly number[]> {
  const budget = Math.floor(MAX_POSTINGS / Math.max(1, whole.length + beginnings.length))
  const found: Found[] = []
  for (const word of whole) found.push(await withWord(db, word, budget))
  for (const beginning of beginnings) found.push(await withBeginning(db, beginning, budget))
  const rank = ({ seqs, isWhole }: Found): number => (isWhole ? seqs.length : budget + 1)
  return found.toSorted((a, b) => rank(a) - rank(b))[0]?.seqs ?? []
}

async function withWord(db: IndexDb, word: string, budget: number): Promise<Found> {
  const seqs: number[] = []
  for await (const [key, value] of db.iterator({ ...keys.under(`w${word}`), reverse: true })) {
    if (seqs.length >= budget) return { seqs: seqs.slice(0, budget), isWhole: false }
    for (const offset of parseList(value).toReversed()) seqs.push(keys.seqAtEnd(key) + offset)
  }
  return seqs.length > budget ? { seqs: seqs.slice(0, budget), isWhole: false } : { seqs, isWhole: true }
}

async function withBeginning(db: IndexDb, beginning: string, budget: number): Promise<Found> {
  const words = await wordsFrom(db, beginning)
  const share = Math.max(1, Math.floor(budget / Math.max(1, words.length)))
  const seqs = new Set<number>()
  let isWhole = words.length < MAX_CONTINUED_WORDS
  for (const word of words) {
    const found = await withWord(db, word, share)
    isWhole &&= found.isWhole
    for (const seq of found.seqs) seqs.add(seq)
  }
  return { seqs: [...seqs].toSorted((a, b) => b - a), isWhole }
}

/** Words that begin so, in their order; each is leapt to behind the one before. */
async function wordsFrom(db: IndexDb, beginning: string): Promise<string[]> {
  const words: string[] = []
  const iterator = db.keys({ gte: `w${beginning}`, lt: keys.family('w').lt })
  try {
    while (words.length < MAX_CONTINUED_WORDS) {
      const key = await iterator.next()
      if (key?.startsWith(`w${beginning}`) !== true) break
      words.push(keys.wordOf(key))
      iterator.seek(keys.under(`w${keys.wordOf(key)}`).lt)
    }
  } finally {
    await iterator.close()
  }
  return words
}

function idWithAll(db: IndexDb, seq: number, { whole, beginnings }: Query): Hash | undefined {
  const [id, ...words] = db.getSync(keys.seqKey(seq))?.split(' ') ?? []
  const hasAll =
    whole.every((word) => words.includes(word)) &&
    beginnings.every((beginning) => words.some((word) => word.startsWith(beginning)))
  return hasAll ? id : undefined
}

/** The message that reads so now: not one whose words were edited since, nor one taken back. */
async function nowReading(reader: Reader, id: Hash): Promise<Row | undefined> {
  const row = reader.row(id)
  if (row === undefined) return undefined
  const said = row.deed.type === 'edit' ? reader.row(row.deed.of) : row
  if (said === undefined || said.isErased || (await reader.isRetracted(said))) return undefined
  const edit = await reader.editOf(said)
  return (edit ?? said).id === id ? said : undefined
}

function isAskedFor({ conversation, from, sentAt }: Row, options: SearchOptions): boolean {
  const { since = 0, until = Number.POSITIVE_INFINITY } = options
  return (
    conversation === (options.conversation ?? conversation) &&
    from === (options.from ?? from) &&
    sentAt >= since &&
    sentAt < until
  )
}
