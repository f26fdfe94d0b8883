import { generateKeyPairSync } from 'node:crypto'
import {
  type AuditEntry,
  type AuditReceipt,
  type AuditRecord,
  type AuditSink,
  type AuditStore,
  auditLog,
  leafHash,
  type LogSigner,
  logSigner,
  parseRecord,
  type StoredEntry,
} from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { MessengerError, type MessengerErrorCode } from '../src/errors.ts'
import { peerIdOf } from '../src/identity.ts'
import type { RosterKeeper } from '../src/roster/index.ts'
import { Frame, type Message } from '../src/wire/frame.ts'
import { type LogProof, toWireProof } from '../src/wire/proof.ts'
import { decode, encode } from '../src/wire/varint.ts'
import { onRoster } from './rosters.ts'

export const ANN = '12D3KooWAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAn'
export const BEA = '12D3KooWBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBe'

/** A device: who it is, and the log that it keeps. */
export interface Device {
  readonly identity: Ed25519PrivateKey
  readonly peer: string
  readonly store: AuditStore
  readonly signer: LogSigner
  readonly audit: AuditSink
  readonly roster: RosterKeeper
}

export async function device(): Promise<Device> {
  const identity = await generateKeyPair('Ed25519')
  const peer = peerIdOf(identity)
  const [store, signer] = [memoryStore(), signerOf(peer)]
  const roster = await onRoster(peer, signer.vkey)
  return { identity, peer, store, signer, audit: await auditLog({ store, owner: peer, signer }), roster }
}

/** The same device after a restart, with its log opened again; or with another history under the same key. */
export async function restarted(self: Device, store = self.store): Promise<Device> {
  return { ...self, store, audit: await auditLog({ store, owner: self.peer, signer: self.signer }) }
}

/** Another history under the key of the device, with so many records. */
export async function twin(self: Device, size = 1): Promise<Device> {
  const other = await restarted(self, memoryStore())
  for (let n = 1; n < size; n++) await noted(other)
  return other
}

/** One more record in its log. */
export async function noted({ audit, peer }: Pick<Device, 'audit' | 'peer'>): Promise<AuditReceipt> {
  return appended(audit, { kind: 'session', actor: peer, detail: { event: 'notice' } })
}

export function signerOf(owner: string): LogSigner {
  return logSigner(`branchline/${owner}`, generateKeyPairSync('ed25519').privateKey)
}

export async function logOf(owner: string, store: AuditStore = memoryStore()): Promise<AuditSink> {
  const signer = signerOf(owner)
  await onRoster(owner, signer.vkey)
  return auditLog({ store, owner, signer })
}

/** The sink, with some of its methods replaced. */
export function changed(sink: AuditSink, change: Partial<AuditSink>): AuditSink {
  return {
    origin: sink.origin,
    key: sink.key,
    append: (entries, options) => sink.append(entries, options),
    head: () => sink.head(),
    read: (range) => sink.read(range),
    lookup: (message) => sink.lookup(message),
    checkpoint: () => sink.checkpoint(),
    prove: (request) => sink.prove(request),
    witnessed: (origin) => sink.witnessed(origin),
    continuations: () => sink.continuations(),
    cosign: (checkpoint) => sink.cosign(checkpoint),
    redact: (redaction, options) => sink.redact(redaction, options),
    close: () => sink.close(),
    [Symbol.asyncDispose]: () => sink.close(),
    ...change,
  }
}

/** Does otherwise with entries of one kind. */
export function changedFor(kind: AuditEntry['kind'], sink: AuditSink, append: AuditSink['append']): AuditSink {
  return changed(sink, {
    append: (entries, options) =>
      entries[0]?.kind === kind ? append(entries, options) : sink.append(entries, options),
  })
}

export function textTo(peer: string, text: string | Uint8Array, actor = ANN): AuditEntry {
  return { kind: 'sent', actor, peers: [peer], payloads: [{ label: 'text', bytes: Buffer.from(text) }] }
}

export async function appended(sink: AuditSink, entry: AuditEntry): Promise<AuditReceipt> {
  const [receipt] = await sink.append([entry])
  return receipt as AuditReceipt
}

export async function entriesOf(source: Pick<AuditStore, 'read'>): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = []
  for await (const piece of source.read()) entries.push(...piece)
  return entries
}

export async function recordsOf(source: Pick<AuditStore, 'read'>, kind?: AuditRecord['kind']): Promise<AuditRecord[]> {
  const records = (await entriesOf(source)).map(({ line }) => parseRecord(line))
  return records.filter((record) => kind === undefined || record.kind === kind)
}

/** That the record is in the log as it is now, and that the log goes on from what it was. */
export async function proofIn(audit: AuditSink, seq: number, from = 0): Promise<LogProof> {
  const checkpoint = await audit.checkpoint()
  return { checkpoint, ...(await audit.prove({ size: checkpoint.size, seq, from })) }
}

/** The frame in which a message with this receipt crosses the wire. */
export function messageFrame({ line, payloads }: Pick<AuditReceipt, 'line' | 'payloads'>, proof?: LogProof): Frame {
  const openings = payloads.map(({ label, salt, bytes }) => ({ label, salt: own(salt), payload: own(bytes) }))
  return { message: { record: own(line), openings, ...(proof && { proof: toWireProof(proof) }) } }
}

/** The receipt that an honest peer would give for a message, but for what is changed. */
export async function receiptFor(
  message: Message,
  self: Pick<Device, 'peer' | 'audit'>,
  change: Partial<AuditEntry> = {},
): Promise<Frame> {
  const { actor } = parseRecord(message.record)
  const words = message.openings.map(({ label, salt, payload }) => ({ label, salt, bytes: payload }))
  const { line } = await appended(self.audit, {
    kind: 'received',
    actor: self.peer,
    peers: [actor],
    message: leafHash(message.record),
    payloads: [...words, { label: 'record', bytes: message.record }],
    ...change,
  })
  return { receipt: { record: own(line) } }
}

export function framed(frame: Frame): Uint8Array {
  return prefixed(Frame.encode(frame))
}

export function prefixed(body: Uint8Array): Uint8Array {
  return Buffer.concat([encode(body.length), body])
}

/** The frames that the bytes hold, as far as they are whole. */
export function framesIn(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; ; ) {
    const length = decode((n) => bytes[at + n] as number, bytes.length - at)
    if (typeof length === 'string' || bytes.length < at + length[0] + length[1]) return frames
    frames.push(Frame.decode(bytes.subarray(at + length[1], at + length[0] + length[1])))
    at += length[0] + length[1]
  }
}

/** Bytes with a buffer of their own, as the generated code wants them. */
export function own(bytes: Iterable<number>): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes)
}

export function codeOf(act: () => unknown): MessengerErrorCode | undefined {
  try {
    act()
  } catch (error) {
    if (error instanceof MessengerError) return error.code
    throw error
  }
  return undefined
}

/** Waits until it holds, for four seconds at most. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = 'what was waited for',
  timeoutMs = 4_000,
): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await holds()); await pause(5)) {
    if (Date.now() > end) throw new Error(`${what} did not come about`)
  }
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

export interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
