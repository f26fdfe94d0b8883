import { commitmentOf, leafHash } from '../hash.ts'
import { SALT_BYTES } from '../limits.ts'
import type { RecordKind } from '../record/kinds.ts'
import { type AuditRecord, parseRecord, type PayloadCommitment } from '../record/record.ts'
import type { StoredEntry, StoredPayload } from '../store.ts'
import type { Findings } from './findings.ts'
import type { ReadEntry } from './read-entry.ts'

/** Erased payloads whose `redact` record may still follow; more than these are counted as missing at once. */
const MAX_UNEXPLAINED = 100_000

/** Opens every payload that is there, and asks a later `redact` record about each that is not. */
export class PayloadCheck {
  readonly #findings: Findings
  readonly #onCosignature: (seq: number, bytes: Uint8Array) => void
  readonly #unexplained = new Map<string, number>()
  opened = 0
  erased = 0

  /** @param onCosignature - given the cosignatures that opened their commitments */
  constructor(findings: Findings, onCosignature: (seq: number, bytes: Uint8Array) => void) {
    this.#findings = findings
    this.#onCosignature = onCosignature
  }

  add({ seq, record }: ReadEntry, { payloads }: StoredEntry): void {
    if (record === undefined) return
    if (record.kind === 'redact') this.#explain(record)
    const committed = record.payloads ?? []
    for (const commitment of committed) this.#open(seq, record.kind, commitment, payloads)
    if (payloads.length > committed.length || !payloads.every(({ label }) => committed.some((c) => c[0] === label))) {
      this.#findings.add('PAYLOAD_UNCOMMITTED', seq, `Beside record ${seq} lies a text that the record does not name.`)
    }
    if (record.kind === 'received') this.#checkSender(seq, record, payloads)
  }

  finish(): void {
    let unclear = 0
    for (const [key, seq] of this.#unexplained) {
      // The record that says why may be the very one that is not as it was.
      if (seq < this.#findings.lastBreak) {
        unclear += 1
        continue
      }
      const label = key.slice(key.indexOf('.') + 1)
      this.#findings.add('PAYLOAD_MISSING', seq, `The ${label} of record ${seq} is gone, and no record says why.`)
    }
    if (unclear > 0) {
      const text = `${unclear} texts are gone; whether the record that cannot be relied on said why, nobody can tell.`
      this.#findings.remark('ERASURE_UNCLEAR', this.#findings.lastBreak, text)
    }
  }

  /** @param seq - the place, which a record that was moved does not tell */
  #open(
    seq: number,
    kind: RecordKind,
    [label, length, commitment]: PayloadCommitment,
    payloads: readonly StoredPayload[],
  ): void {
    const payload = payloads.find((each) => each.label === label)
    if (payload === undefined) {
      this.#noteMissing(seq, label)
      return
    }
    this.opened += 1
    const { salt, bytes } = payload
    const opens =
      salt.length === SALT_BYTES && bytes.length === length && commitmentOf(salt, label, bytes) === commitment
    if (!opens)
      this.#findings.add('PAYLOAD_ALTERED', seq, `The ${label} of record ${seq} is not the one that was recorded.`)
    else if (label === 'cosignature' && kind === 'outcome') this.#onCosignature(seq, bytes)
  }

  #noteMissing(seq: number, label: string): void {
    if (this.#unexplained.size < MAX_UNEXPLAINED) this.#unexplained.set(`${seq}.${label}`, seq)
    else this.#findings.add('PAYLOAD_MISSING', seq, `The ${label} of record ${seq} is gone.`)
  }

  #explain({ ref, detail }: AuditRecord): void {
    if (this.#unexplained.delete(`${ref}.${detail?.['label']}`)) this.erased += 1
  }

  /** A `received` record keeps the sender's own record: the two must tell the same (spec section 3). */
  #checkSender(seq: number, received: AuditRecord, payloads: readonly StoredPayload[]): void {
    const line = payloads.find(({ label }) => label === 'record')?.bytes
    if (line === undefined || agrees(received, line)) return
    this.#findings.add('SENDER_MISMATCH', seq, `Record ${seq} and the sender’s own record that it keeps do not agree.`)
  }
}

function agrees(received: AuditRecord, line: Uint8Array): boolean {
  if (leafHash(line) !== received.message) return false
  try {
    const sent = parseRecord(line)
    const own = received.payloads?.filter(([label]) => label !== 'record' && label !== 'proof')
    return (
      sent.kind === 'sent' &&
      sent.actor === received.peers?.[0] &&
      sent.peers?.includes(received.actor) === true &&
      sent.conversation === received.conversation &&
      JSON.stringify(sent.detail) === JSON.stringify(received.detail) &&
      JSON.stringify(sent.payloads) === JSON.stringify(own)
    )
  } catch {
    return false
  }
}
