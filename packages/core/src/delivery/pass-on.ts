import {
  type AuditRecord,
  type AuditSink,
  type Hash,
  leafHash,
  parseRecord,
  reasonOf,
  type StoredEntry,
} from '@branchline/audit-sink'
import { formatCheckpoint, formatInclusionFile, NOTE_KEY, parseVerifierKey } from '@branchline/audit-sink/tlog'
import { parseContent } from '../content/content.ts'
import { formatOrigin } from '../content/origin.ts'
import { MessengerError } from '../errors.ts'
import { readInTime } from './read-in-time.ts'

/** A message that is on our record. */
export interface OnRecord {
  /** Message ID. */
  readonly id: Hash
  /** The seq of its record in our log; without it, that of the `received` record is looked up. */
  readonly seq?: number | undefined
}

/** What a `pass-on` says of what it passes on (spec/content.md section 2). */
export interface PassedOn {
  readonly of: Hash
  readonly origin: Uint8Array
}

/** Of a `received` record: what its owner added to what the author recorded. */
const ADDED: ReadonlySet<string> = new Set(['record', 'proof'])

/**
 * A message as its author recorded it, with what proves that, from our log.
 * @throws MessengerError HISTORY_UNKNOWN, MESSAGE_ERASED, CONTENT_MALFORMED for what is not passed on, MESSAGE_TOO_LARGE,
 *   AUDIT_UNAVAILABLE
 */
export async function passedOn(sink: AuditSink, message: OnRecord, timeoutMs: number): Promise<PassedOn> {
  const { id } = message
  const entry = await readInTime(entryOf(sink, message), timeoutMs)
  const record = entry && parseRecord(entry.line)
  if (entry === undefined || record === undefined || idOf(entry, record) !== id) {
    throw new MessengerError('HISTORY_UNKNOWN', `message ${id} is not on record here`)
  }
  const labels = (record.payloads ?? []).map(([label]) => label).filter((label) => !ADDED.has(label))
  const payloads = labels.map((label) => payloadOf(entry, label) ?? erased(id))
  const { about, origin } = parseContent(payloads)
  if (about.type === 'pass-on' && origin !== undefined) return { of: about.of, origin }
  const own = record.kind === 'sent'
  const line = own ? entry.line : (payloadOf(entry, 'record')?.bytes ?? erased(id))
  const proof = own ? await readInTime(ownProof(sink, entry.seq), timeoutMs) : textOf(entry, 'proof')
  return { of: id, origin: formatOrigin({ line, payloads, proof }) }
}

async function entryOf(sink: AuditSink, { id, seq: given }: OnRecord): Promise<StoredEntry | undefined> {
  try {
    const seq = given ?? (await sink.lookup(id))
    if (seq === undefined) return undefined
    for await (const [entry] of sink.read({ from: seq, to: seq + 1 })) return entry
  } catch (cause) {
    throw new MessengerError('AUDIT_UNAVAILABLE', `the message cannot be read: ${reasonOf(cause)}`, { cause })
  }
  return undefined
}

function idOf({ line }: StoredEntry, { kind, message }: AuditRecord): Hash | undefined {
  return kind === 'sent' ? leafHash(line) : kind === 'received' ? message : undefined
}

const payloadOf = ({ payloads }: StoredEntry, wanted: string) => payloads.find(({ label }) => label === wanted)

function textOf(entry: StoredEntry, label: string): string | undefined {
  const payload = payloadOf(entry, label)
  return payload && Buffer.from(payload.bytes).toString('utf8')
}

async function ownProof(sink: AuditSink, seq: number): Promise<string> {
  const checkpoint = await sink.checkpoint()
  const { inclusion: path } = await sink.prove({ size: checkpoint.size, seq })
  const { name, keyId } = parseVerifierKey(sink.key, NOTE_KEY)
  const note = formatCheckpoint(checkpoint, [{ name, keyId, bytes: checkpoint.signature }])
  return formatInclusionFile({ index: seq, path, checkpoint: note })
}

function erased(id: Hash): never {
  throw new MessengerError('MESSAGE_ERASED', `the words of message ${id} were erased, so it cannot be passed on`)
}
