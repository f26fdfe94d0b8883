import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  type AuditClock,
  type AuditEntry,
  type AuditLogInit,
  type AuditReceipt,
  type AuditSink,
  auditLog,
  type AuditStore,
  type LogSigner,
  logSigner,
  recoverLog,
  type RecoverLogInit,
  rotateKey,
  type SeenCheckpoint,
} from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { COSIGNATURE_KEY, formatVerifierKey, keyIdOf } from '../../src/tlog/note.ts'
import { cosignatureBytes, formatCheckpoint } from '../../src/tlog/checkpoint.ts'
import { ANN, BEA } from '../support.ts'

export const CID = '12D3KooWCidCidCidCidCidCidCidCidCidCidCidCidCidCidCi'
export { ANN, BEA }

export const originOf = (peer: string): string => `branchline/${peer}`

/** One person's device. */
export interface Desk {
  readonly peer: string
  readonly privateKey: KeyObject
  readonly signer: LogSigner
  readonly store: AuditStore
  readonly log: AuditSink
  /** Verifier key as a witness. */
  readonly witnessKey: string
  readonly witnessKeyId: string
  clock: { wallMs: number; monoMs: number; boot: string }
}

export async function openDesk(peer: string, store: AuditStore = memoryStore()): Promise<Desk> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return openDeskWith(peer, privateKey, publicKey, store)
}

async function openDeskWith(
  peer: string,
  privateKey: KeyObject,
  publicKey: KeyObject,
  store: AuditStore,
  clock = { wallMs: 1_800_000_000_000, monoMs: 0, boot: 'ab'.repeat(16) },
): Promise<Desk> {
  const signer = logSigner(originOf(peer), privateKey)
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url')
  const log = await auditLog({
    store,
    owner: peer,
    signer,
    clock: clockOf(clock),
  })
  const witnessKey = formatVerifierKey(originOf(peer), COSIGNATURE_KEY, raw)
  const witnessKeyId = keyIdOf(originOf(peer), COSIGNATURE_KEY, raw)
  return { peer, privateKey, signer, store, log, witnessKey, witnessKeyId, clock }
}

function clockOf(clock: Desk['clock']): AuditClock {
  return { boot: clock.boot, monoMs: () => (clock.monoMs += 1_000), wallMs: () => (clock.wallMs += 1_000) }
}

/** The same person with another log key. */
async function rekeyed(desk: Desk, store: AuditStore, change: (init: AuditLogInit) => Promise<unknown>): Promise<Desk> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signer = logSigner(originOf(desk.peer), privateKey)
  await change({ store, owner: desk.peer, signer, clock: clockOf(desk.clock) })
  return openDeskWith(desk.peer, privateKey, publicKey, store, desk.clock)
}

export async function rotated(desk: Desk): Promise<Desk> {
  return rekeyed(desk, desk.store, ({ signer: to, ...init }) =>
    rotateKey({ ...init, signer: desk.signer, to, reason: 'the yearly change' }),
  )
}

export const DIRECTOR = logSigner('branchline/director/Dee', generateKeyPairSync('ed25519').privateKey)

/** @param store - what is left of the log */
export async function recovered(desk: Desk, store: AuditStore, more: Partial<RecoverLogInit> = {}): Promise<Desk> {
  return rekeyed(desk, store, (init) =>
    recoverLog({ ...init, director: DIRECTOR, reason: 'a backup was put back', ...more }),
  )
}

/** As `recovered`, under the key that the log had. */
export async function recoveredUnderOneKey(desk: Desk, store: AuditStore): Promise<Desk> {
  const { peer, signer, clock, privateKey } = desk
  const init = { store, owner: peer, signer, clock: clockOf(clock) }
  await recoverLog({ ...init, director: DIRECTOR, reason: 'a backup was put back' })
  return openDeskWith(peer, privateKey, createPublicKey(privateKey), store, clock)
}

async function append(desk: Desk, entry: AuditEntry): Promise<AuditReceipt> {
  return (await desk.log.append([entry]))[0] as AuditReceipt
}

export async function seenOf(desk: Desk): Promise<SeenCheckpoint> {
  const { origin, size, root, signature } = await desk.log.checkpoint()
  return [origin, size, root, Buffer.from(signature).toString('hex')]
}

/** Payload `cosignature`: the witness's signature under what it has seen. */
export async function cosignatureOf(
  witness: Desk,
  [origin, size, root]: SeenCheckpoint,
): Promise<{ label: string; bytes: Uint8Array }> {
  const { time, signature } = await witness.log.cosign({ origin, size, root })
  const line = { name: witness.signer.name, keyId: witness.witnessKeyId, bytes: cosignatureBytes(time, signature) }
  return { label: 'cosignature', bytes: Buffer.from(formatCheckpoint({ origin, size, root }, [line])) }
}

export interface SaidOptions {
  /** The receiver does not record it, or its receipt gets lost. */
  readonly lost?: 'message' | 'receipt'
}

/** One message, as the wire carries it: recorded, received, acknowledged, all with checkpoints (spec/wire.md). */
export async function say(from: Desk, to: Desk, text: string, { lost }: SaidOptions = {}): Promise<AuditReceipt> {
  const payloads = [{ label: 'text', bytes: Buffer.from(text) }]
  const sent = await append(from, { kind: 'sent', actor: from.peer, peers: [to.peer], payloads })
  const told = { actor: from.peer, peers: [to.peer], message: sent.leaf, ref: sent.seq }
  if (lost === 'message') return sent
  const shown = await seenOf(from)
  const received = await append(to, {
    kind: 'received',
    actor: to.peer,
    peers: [from.peer],
    message: sent.leaf,
    payloads: [...sent.payloads, { label: 'record', bytes: sent.line }],
    seen: [shown],
  })
  if (lost === 'receipt') return sent
  await append(from, {
    ...told,
    kind: 'outcome',
    detail: { result: 'delivered' },
    payloads: [{ label: 'receipt', bytes: received.line }, await cosignatureOf(to, shown)],
    seen: [await seenOf(to)],
  })
  return sent
}

export interface Town {
  readonly ann: Desk
  readonly bea: Desk
  readonly cid: Desk
}

/** Three people, some messages each way: Ann's log has 16 records, with texts, `seen` and cosignatures. */
export async function openTown(store: () => Promise<AuditStore> = async () => memoryStore()): Promise<Town> {
  const [ann, bea, cid] = [await openDesk(ANN, await store()), await openDesk(BEA), await openDesk(CID)]
  await say(ann, bea, 'Is the atlas of 1911 on your shelf?')
  await say(bea, ann, 'It is, in the reading room.')
  await say(ann, cid, 'Please send the atlas to the reading room.')
  await append(ann, { kind: 'roster', actor: ann.peer, reason: 'Cid has joined' })
  await say(cid, ann, 'On its way.')
  for (const text of ['It has come.', 'The map on page 12 is missing.', 'Found; it was in the box.'])
    await say(ann, bea, text)
  await say(bea, ann, 'Good.')
  await append(ann, { kind: 'session', actor: ann.peer, detail: { event: 'stop' } })
  return { ann, bea, cid }
}
