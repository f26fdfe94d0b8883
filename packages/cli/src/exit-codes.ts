import type { Verdict } from '@branchline/audit-sink'

/** What the shell is told; docs/cli.md says the same, and a test compares them. */
export const EXIT = {
  OK: 0,
  /** Something unforeseen; the line on standard error says what. */
  FAILED: 1,
  USAGE: 2,
  /** The record could not be kept, so nothing was sent. */
  AUDIT_UNAVAILABLE: 3,
  /** On record here; the peer refused it, or did not confirm it in time. */
  NOT_DELIVERED: 4,
  /** Nobody of that name, or no way to them now; nothing was recorded or sent. */
  UNREACHABLE: 5,
  /** The profile is in use, a key is unreadable, an address is taken. */
  NOT_STARTED: 6,
  INCOMPLETE: 10,
  DAMAGED: 11,
  TAMPERED: 12,
  ROLLED_BACK: 13,
  REWRITTEN: 14,
  FORKED: 15,
  INTERRUPTED: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Stricli's own numbers for bad arguments and unknown commands are negative. */
const STRICLI_USAGE = new Set([-5, -4, 251, 252])

const BY_CODE: Readonly<Record<string, ExitCode>> = {
  ADDRESS_INVALID: EXIT.USAGE,
  AUDIT_BUSY: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_ENTRY_INVALID: EXIT.USAGE,
  AUDIT_FAILED: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_LOG_DAMAGED: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_RECEIPT_WRONG: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_STORE_FAILED: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_STORE_FULL: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_STORE_LIED: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_TIMEOUT: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_UNAVAILABLE: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_LOG_FOREIGN: EXIT.NOT_STARTED,
  AUDIT_LOG_ROLLED_BACK: EXIT.AUDIT_UNAVAILABLE,
  AUDIT_STORE_LOCKED: EXIT.NOT_STARTED,
  BUSY: EXIT.UNREACHABLE,
  CHECKPOINT_MALFORMED: EXIT.USAGE,
  HEAD_NOTE_MISSING: EXIT.NOT_STARTED,
  EXPORT_REFUSED: EXIT.USAGE,
  KEY_CHANGE_WRONG: EXIT.AUDIT_UNAVAILABLE,
  KEY_EXISTS: EXIT.USAGE,
  KEY_EXPOSED: EXIT.NOT_STARTED,
  KEY_UNREADABLE: EXIT.NOT_STARTED,
  LISTEN_FAILED: EXIT.NOT_STARTED,
  LOG_MISSING: EXIT.NOT_STARTED,
  LOG_FORKED: EXIT.UNREACHABLE,
  LOG_DIRECTOR_UNKNOWN: EXIT.UNREACHABLE,
  LOG_KEY_CHANGED: EXIT.UNREACHABLE,
  LOG_ROLLED_BACK: EXIT.UNREACHABLE,
  LOG_UNKNOWN: EXIT.UNREACHABLE,
  LOG_UNSIGNED: EXIT.UNREACHABLE,
  MESSAGE_EMPTY: EXIT.USAGE,
  MESSAGE_TOO_LARGE: EXIT.USAGE,
  NAME_INVALID: EXIT.USAGE,
  NOTE_MALFORMED: EXIT.USAGE,
  NOT_CONFIRMED: EXIT.NOT_DELIVERED,
  PEER_AMBIGUOUS: EXIT.UNREACHABLE,
  PEER_INVALID: EXIT.USAGE,
  PEER_UNKNOWN: EXIT.UNREACHABLE,
  PEER_UNREACHABLE: EXIT.UNREACHABLE,
  PROFILE_IN_USE: EXIT.NOT_STARTED,
  PROFILE_INVALID: EXIT.NOT_STARTED,
  REFUSED: EXIT.NOT_DELIVERED,
  USAGE: EXIT.USAGE,
}

export function exitCodeOf(error: unknown): ExitCode {
  return BY_CODE[(error as { code?: string } | undefined)?.code ?? ''] ?? EXIT.FAILED
}

export function exitCodeOfVerdict(verdict: Verdict): ExitCode {
  return verdict === 'INTACT' ? EXIT.OK : EXIT[verdict]
}

export function fromStricli(code: number): number {
  return STRICLI_USAGE.has(code) ? EXIT.USAGE : code
}
