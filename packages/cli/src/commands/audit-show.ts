import { reasonOf, type StoredEntry, leafHash, parseRecord, type AuditRecord } from '@branchline/audit-sink'
import { sanitise, sanitiseLine } from '@branchline/core/sanitise'
import { type CliIO, type Context, print, printJson } from '../io.ts'
import { openLogForReading } from '../log-source.ts'
import type { ShowFlags } from './audit.ts'

export async function show(this: Context, flags: ShowFlags, place?: string): Promise<void> {
  const { io } = this
  await using log = await openLogForReading(io, place, flags.profile)
  const size = (await log.source.head())?.size ?? 0
  const from = flags.last === undefined ? (flags.from ?? 0) : Math.max(0, size - flags.last)
  for await (const piece of log.source.read({ from })) {
    io.signal.throwIfAborted()
    for (const entry of piece) {
      if (flags.json) printJson(io, asJson(entry))
      else printEntry(io, entry)
    }
  }
}

/** The record as it was hashed, its hash, and each text beside it: as words where it is UTF-8, and as it is. */
function asJson({ seq, line, payloads }: StoredEntry): object {
  return {
    seq,
    leaf: leafHash(line),
    record: readable(line),
    payloads: payloads.map(({ label, salt, bytes }) => ({
      label,
      salt: Buffer.from(salt).toString('hex'),
      text: Buffer.from(bytes).toString('utf8'),
      base64: Buffer.from(bytes).toString('base64'),
    })),
  }
}

function readable(line: Uint8Array): unknown {
  try {
    return parseRecord(line)
  } catch (error) {
    return { unreadable: reasonOf(error), base64: Buffer.from(line).toString('base64') }
  }
}

/** What is on record elsewhere, too, or is long: with --json it is there. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['record', 'proof', 'receipt', 'roster'])

function printEntry(io: CliIO, entry: StoredEntry): void {
  let record: AuditRecord
  try {
    record = parseRecord(entry.line)
  } catch (error) {
    print(io, `#${entry.seq}  cannot be read: ${reasonOf(error)}`)
    return
  }
  const time = new Date(record.time).toISOString()
  print(io, `#${record.seq}  ${time}  ${describe(record)}`)
  const committed = record.payloads ?? []
  for (const [label] of committed) {
    if (NOT_SHOWN.has(label)) continue
    const text = entry.payloads.find((each) => each.label === label)
    const words = text === undefined ? '[erased]' : sanitise(wordsIn(label, text.bytes))
    print(io, `      ${words.replaceAll('\n', '\n      ')}`)
  }
}

function wordsIn(label: string, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8')
  return label === 'origin' ? `passed on: ${passedOn(text)}` : text
}

/** What somebody else said, of whom the log's owner had it (spec/content.md section 2). */
function passedOn(origin: string): string {
  try {
    const { payloads } = JSON.parse(origin) as { payloads: { label: string; bytes: string }[] }
    return payloads.map(({ bytes }) => Buffer.from(bytes, 'base64').toString('utf8')).join('\n')
  } catch {
    return origin
  }
}

function describe(record: AuditRecord): string {
  const { kind, peers = [], detail, message, ref, reason } = record
  const who = peers.map((peer) => `…${peer.slice(-8)}`).join(', ')
  const name = detail?.['name'] === undefined ? '' : ` (${sanitiseLine(String(detail['name']))})`
  const why = reason === undefined ? '' : `: ${sanitiseLine(reason)}`
  switch (kind) {
    case 'genesis':
      return `log begun: ${sanitiseLine(String(detail?.['origin']))}`
    case 'sent':
      return `sent to ${who}, as${name || ' nobody by name'}`
    case 'received':
      return `received from ${who}${name}, message ${message?.slice(0, 16)}…`
    case 'outcome':
      return `#${ref} ${detail?.['result']} by ${who}${why}`
    case 'session':
      return `session ${detail?.['event']}${name}`
    case 'roster':
      return describeRoster(record, who)
    default:
      return `${kind}${ref === undefined ? '' : ` of #${ref}`}${why}`
  }
}

function describeRoster({ detail, reason }: AuditRecord, from: string): string {
  if (detail?.['serial'] === undefined) return `roster${reason === undefined ? '' : `: ${sanitiseLine(reason)}`}`
  const library = sanitiseLine(String(detail['library']))
  return `roster number ${detail['serial']} of ${library} taken${from === '' ? '' : `, from ${from}`}`
}
