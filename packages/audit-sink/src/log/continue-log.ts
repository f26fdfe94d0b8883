import { AuditError } from '../errors.ts'
import { keyInForce } from '../keys/epochs.ts'
import type { LogSigner } from '../keys/log-key.ts'
import { MAX_HEAD_NOTE_BYTES, STORE_TIMEOUT_MS } from '../limits.ts'
import { continuationText } from '../record/continuation.ts'
import type { Detail } from '../record/record.ts'
import type { AuditReceipt, EntryPayload } from '../sink.ts'
import { parseHeadNote, readHeadNote, withoutPadding } from '../tlog/head-note.ts'
import { AuditLog, type AuditLogInit } from './audit-log.ts'
import type { Draft } from './draft.ts'
import { findLog, type FoundLog } from './found-log.ts'
import { checkOpening } from './opening.ts'
import { assertWhole } from './second-look.ts'

export interface RotateKeyInit extends AuditLogInit {
  /** Signs for the log from here on; kept in a file already, since the log goes on under no other key. */
  readonly to: LogSigner
  /** One line, 1 to 1,024 bytes. */
  readonly reason: string
}

/**
 * Gives a log another key (spec/audit-log.md section 12). The store is then as the log left it: `auditLog` opens it under
 * the new key.
 * @returns the record of it, which is durable
 * @throws AuditError AUDIT_ENTRY_INVALID when there is no log yet, or for a reason or a key that will not do; what
 *   `auditLog` and `append` throw
 */
export async function rotateKey({ to, reason, ...init }: RotateKeyInit): Promise<AuditReceipt> {
  const opened = await checkOpening(init.store, [init.signer])
  if (opened === undefined) throw new AuditError('AUDIT_ENTRY_INVALID', 'there is no log whose key could change')
  if (opened.epochs.some(({ vkey }) => vkey === to.vkey)) {
    throw new AuditError('AUDIT_ENTRY_INVALID', 'the log had that key before')
  }
  const log = new AuditLog(init, opened, init.storeTimeoutMs ?? STORE_TIMEOUT_MS)
  await log.catchUp(opened)
  const statement: Statement = { kind: 'key-rotate', key: to, by: init.signer, reason, detail: {} }
  return log.goOn(to, (size, root) => signed(statement, init.owner, size, root))
}

export interface RecoverLogInit extends AuditLogInit {
  /** Signs for the log from here on: its key as before, or, better, another. */
  readonly signer: LogSigner
  readonly director: LogSigner
  /** One line, 1 to 1,024 bytes. */
  readonly reason: string
  /** How many records the log is known to have had, by a colleague's; what its head note says is known without. */
  readonly knownSize?: number | undefined
}

/**
 * Lets a log go on that `auditLog` does not open, or of which a colleague holds more than there is: a director says so on
 * record (spec/audit-log.md section 12). All that is there is verified first. The head note that is found is kept with
 * the record. The store is then as the log left it: `auditLog` opens it.
 * @returns the record of it, which is durable; what is lost is from its place up to its `known-size`
 * @throws AuditError AUDIT_LOG_DAMAGED when the log has holes, which nobody can vouch for; AUDIT_LOG_ROLLED_BACK when it
 *   is gone; AUDIT_LOG_FOREIGN when it is another's; AUDIT_ENTRY_INVALID for a reason or a key that will not do; what
 *   `append` throws
 */
export async function recoverLog({ director, reason, knownSize = 0, ...init }: RecoverLogInit): Promise<AuditReceipt> {
  const { store, signer, owner } = init
  const found = await findLog(store, signer.name)
  if (found === undefined) throw new AuditError('AUDIT_LOG_ROLLED_BACK', 'there is no log that could go on')
  const { head, epochs, note } = found
  if (epochs.slice(0, -1).some(({ vkey }) => vkey === signer.vkey) && keyInForce(epochs, head.size) !== signer.vkey) {
    throw new AuditError('AUDIT_ENTRY_INVALID', 'the log had that key before')
  }
  await assertWhole(store, head, signer.name).catch(refuse)
  const log = new AuditLog(init, { ...found, signer, notedSize: head.size }, init.storeTimeoutMs ?? STORE_TIMEOUT_MS)
  const known = Math.max(knownSize, notedSize(found))
  const detail = { signer: director.vkey, ...(known > head.size && { 'known-size': known }) }
  const payloads = evidenceOf(note)
  const statement: Statement = { kind: 'recovery', key: signer, by: director, reason, detail, payloads }
  return log.goOn(signer, (size, root) => signed(statement, owner, size, root))
}

function refuse(cause: unknown): never {
  if (!(cause instanceof AuditError) || cause.code !== 'AUDIT_LOG_DAMAGED') throw cause
  const message = `nobody can let a log with holes go on: ${cause.message}; keep it as it is, and begin a new profile`
  throw new AuditError('AUDIT_LOG_DAMAGED', message, { cause })
}

/** The head note that is found, whatever it says, unless it is longer than any is. */
function evidenceOf(note: Uint8Array | undefined): EntryPayload[] {
  const bytes = withoutPadding(note ?? Buffer.of())
  return bytes.length === 0 || bytes.length > MAX_HEAD_NOTE_BYTES ? [] : [{ label: 'head-note', bytes }]
}

/** How many records the head note was signed for; 0 when it is not to be relied on. */
function notedSize({ note, epochs }: FoundLog): number {
  if (note === undefined) return 0
  try {
    const { size } = parseHeadNote(note)
    return readHeadNote(note, keyInForce(epochs, size)).size
  } catch {
    return 0
  }
}

interface Statement {
  readonly kind: 'key-rotate' | 'recovery'
  readonly key: LogSigner
  readonly by: LogSigner
  readonly reason: string
  readonly detail: Detail
  readonly payloads?: readonly EntryPayload[]
}

async function signed(
  { kind, key, by, reason, detail, payloads = [] }: Statement,
  actor: string,
  size: number,
  root: string,
): Promise<Draft> {
  const text = continuationText({ origin: key.name, size, root, key: key.vkey, reason })
  const signature = Buffer.from(await by.sign(Buffer.from(text))).toString('hex')
  const all = { ...detail, key: key.vkey, signature }
  return { kind, actor, reason, detail: all, ...(payloads.length > 0 && { payloads }) }
}
