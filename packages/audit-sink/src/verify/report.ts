import type { Hash } from '../hash.ts'

/** Gravest first. */
export const VERDICTS = ['FORKED', 'REWRITTEN', 'ROLLED_BACK', 'TAMPERED', 'DAMAGED', 'INCOMPLETE', 'INTACT'] as const
export type Verdict = (typeof VERDICTS)[number]

/** The table of spec/audit-log.md section 10: what was found, and how grave it is. */
export const FINDING_VERDICTS = {
  CHECKPOINT_UNSIGNED: 'TAMPERED',
  CLOCK_REVERSED: 'TAMPERED',
  CONTINUATION_WRONG: 'TAMPERED',
  COSIGNATURE_WRONG: 'TAMPERED',
  GENESIS_WRONG: 'TAMPERED',
  HEAD_MISMATCH: 'DAMAGED',
  HEAD_NOTE_MISSING: 'INCOMPLETE',
  HEAD_NOTE_WRONG: 'TAMPERED',
  LOG_FORKED: 'FORKED',
  LOG_REWRITTEN: 'REWRITTEN',
  LOG_ROLLED_BACK: 'ROLLED_BACK',
  LOG_UNREADABLE: 'DAMAGED',
  MESSAGE_REPEATED: 'TAMPERED',
  PAYLOAD_ALTERED: 'TAMPERED',
  PAYLOAD_MISSING: 'INCOMPLETE',
  PAYLOAD_UNCOMMITTED: 'TAMPERED',
  RECORDS_LOST: 'INCOMPLETE',
  RECORDS_MISSING: 'INCOMPLETE',
  RECORD_ALTERED: 'TAMPERED',
  RECORD_MISPLACED: 'TAMPERED',
  RECORD_UNREADABLE: 'DAMAGED',
  SEEN_UNSIGNED: 'TAMPERED',
  SENDER_MISMATCH: 'TAMPERED',
} as const satisfies Record<string, Verdict>

export type FindingCode = keyof typeof FINDING_VERDICTS

export interface Finding {
  readonly code: FindingCode
  readonly verdict: Verdict
  /** The first record that it concerns; the number of records where it concerns what would come after the last. */
  readonly seq: number
  /** One sentence in plain words. */
  readonly text: string
}

/** What is worth a look and proves nothing. */
export type RemarkCode =
  | 'COSIGNATURE_LATE'
  | 'ERASURE_UNCLEAR'
  | 'KEY_CHANGED'
  | 'KEY_DOUBTED'
  | 'LOG_CONTINUED'
  | 'WALL_CLOCK_REVERSED'

export interface Remark {
  readonly code: RemarkCode
  readonly seq: number
  readonly text: string
}

/** How much of the log somebody else has seen. */
export interface Witness {
  /** Origin of the witness's own log, or in words where a checkpoint came from. */
  readonly by: string
  /** Number of records. */
  readonly size: number
  /** When, in milliseconds, by the witness's clock; undefined when it was not told. */
  readonly time: number | undefined
  /** False when the witness's key is not known, so that the signature could be anybody's. */
  readonly proven: boolean
}

export interface VerifyReport {
  /** From record 0; undefined when that cannot be read. */
  readonly origin: string | undefined
  readonly verdict: Verdict
  /** In rising order of seq: the first `MAX_FINDINGS`, and the first of each code. */
  readonly findings: readonly Finding[]
  /** How many there were in all. */
  readonly findingCount: number
  /** In rising order of seq, at most `MAX_FINDINGS`. */
  readonly remarks: readonly Remark[]
  /** Records that were read. */
  readonly records: number
  readonly payloadsOpened: number
  readonly payloadsErased: number
  /** Records from 0 on, without a gap; `root` is that of the tree over them. */
  readonly size: number
  readonly root: Hash
  /** Of the signed head note; undefined when there is none that can be relied on. */
  readonly headNoteSize: number | undefined
  /** The largest part of this log that somebody else is proved to have seen. */
  readonly witnessed: Witness | undefined
  /** The first record that nobody else is known to have seen; undefined when all have been seen. */
  readonly unwitnessedSince: number | undefined
  /** The largest part that each has seen, the largest first. */
  readonly witnesses: readonly Witness[]
  /** Origins of checkpoints that were given and are of other logs, so they were not compared. */
  readonly strayCheckpoints: readonly string[]
  /** Leaf hash of the last record that was read. */
  readonly leaf: Hash | undefined
  /** Wall clock of the first and the last record, in milliseconds. */
  readonly from: number | undefined
  readonly to: number | undefined
  /** What this check cannot show, in plain words. */
  readonly notProven: readonly string[]
}

export function gravestOf(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'INTACT'
}
