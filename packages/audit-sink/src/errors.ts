/** An error that a program can act on: `code` is stable, the words are for people. */
export abstract class CodedError<Code extends string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Every code that this package throws; docs/errors.md says of each what to do. */
export const AUDIT_ERROR_CODES = [
  'AUDIT_BUSY',
  'AUDIT_CLOSED',
  'AUDIT_ENTRY_INVALID',
  'AUDIT_FAILED',
  'AUDIT_LOG_DAMAGED',
  'AUDIT_LOG_FOREIGN',
  'AUDIT_LOG_ROLLED_BACK',
  'AUDIT_PROOF_IMPOSSIBLE',
  'AUDIT_STORE_FAILED',
  'AUDIT_STORE_FULL',
  'AUDIT_STORE_LIED',
  'AUDIT_STORE_LOCKED',
  'AUDIT_TIMEOUT',
  'CHECKPOINT_MALFORMED',
  'EXPORT_REFUSED',
  'KEY_CHANGE_WRONG',
  'KEY_EXISTS',
  'KEY_EXPOSED',
  'KEY_UNREADABLE',
  'NOTE_MALFORMED',
  'NOTE_UNVERIFIED',
  'PROOF_MALFORMED',
  'PROOF_UNVERIFIED',
  'RECORD_MALFORMED',
  'RECORD_NOT_CANONICAL',
  'RECORD_TOO_LARGE',
] as const

export type AuditErrorCode = (typeof AUDIT_ERROR_CODES)[number]

export class AuditError extends CodedError<AuditErrorCode> {
  override readonly name = 'AuditError'
}

/** The message of whatever was thrown, for the end of a sentence. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
