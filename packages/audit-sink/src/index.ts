export { type AuditClock, systemClock } from './clock.ts'
export { AUDIT_ERROR_CODES, AuditError, type AuditErrorCode, CodedError, reasonOf } from './errors.ts'
export { commitmentOf, genesisPrev, type Hash, isHash, leafHash } from './hash.ts'
export { type KeyChange, type KeyEpoch, keyEpochs, keyInForce } from './keys/epochs.ts'
export { makeDirectorKey, openDirectorKey } from './keys/director-key.ts'
export { openKeyFile, type Passphrase } from './keys/key-file.ts'
export { type LogSigner, logSigner, openLogKey, originOf, verifierKey } from './keys/log-key.ts'
export { type LogKeys, openLogKeys, openNextLogKey, readLogKeys, settleLogKeys } from './keys/log-keys.ts'
export { type AuditLogInit, auditLog } from './log/audit-log.ts'
export { recoverLog, type RecoverLogInit, rotateKey, type RotateKeyInit } from './log/continue-log.ts'
export { formatHeadNote, parseHeadNote } from './tlog/head-note.ts'
export { MAX_PAYLOAD_BYTES, MAX_RECORD_BYTES, SALT_BYTES } from './limits.ts'
export { type Continuation, continuationText, isContinuation } from './record/continuation.ts'
export type { OutcomeResult, RecordKind } from './record/kinds.ts'
export {
  type AuditRecord,
  type Detail,
  encodePlaced,
  encodeRecord,
  type PayloadCommitment,
  parseRecord,
  type SeenCheckpoint,
} from './record/record.ts'
export type {
  AbortOptions,
  AuditEntry,
  AuditReceipt,
  AuditSink,
  Cosignature,
  EntryPayload,
  Proof,
  ProofRequest,
  Redaction,
  SignedCheckpoint,
} from './sink.ts'
export type { AuditStore, EntryRange, Head, StoreBatch, StoredEntry, StoredPayload } from './store.ts'
export { type JoinedMessage, type JoinReport, joinLogs, type RepeatedMessage } from './verify/join-logs.ts'
export { proveRecord } from './verify/prove-record.ts'
export {
  type Finding,
  type FindingCode,
  FINDING_VERDICTS,
  type Remark,
  type RemarkCode,
  VERDICTS,
  type Verdict,
  type VerifyReport,
  type Witness,
} from './verify/report.ts'
export { type LogSource, type VerifyOptions, verifyLog } from './verify/verify-log.ts'
export { type LogsReport, type NamedLog, verifyLogs, type VerifyLogsOptions } from './verify/verify-logs.ts'
