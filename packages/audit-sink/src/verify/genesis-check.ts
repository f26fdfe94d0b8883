import { genesisPrev } from '../hash.ts'
import { NOTE_KEY, parseVerifierKey, type VerifierKey } from '../tlog/note.ts'
import type { Findings } from './findings.ts'
import type { ReadEntry } from './read-entry.ts'

/** What a genesis says that it begins (spec/audit-log.md section 3). */
export interface Genesis {
  readonly origin: string
  /** Verifier key of the log key, as it stands there. */
  readonly vkey: string
  /** The same, read; undefined when it is no verifier key under that origin. */
  readonly key: VerifierKey | undefined
}

export interface Expected {
  readonly origin?: string | undefined
  /** Verifier key of the log key. */
  readonly key?: string | undefined
}

/** @returns undefined when record 0 is no genesis */
export function genesisOf({ record }: ReadEntry): Genesis | undefined {
  if (record?.kind !== 'genesis') return undefined
  const vkey = String(record.detail?.['key'])
  const origin = String(record.detail?.['origin'])
  return { origin, vkey, key: keyOf(vkey, origin) }
}

function keyOf(vkey: string, origin: string): VerifierKey | undefined {
  try {
    const key = parseVerifierKey(vkey, NOTE_KEY)
    return key.name === origin ? key : undefined
  } catch {
    return undefined
  }
}

export function checkGenesis(
  { seq, record }: ReadEntry,
  genesis: Genesis | undefined,
  expected: Expected,
  findings: Findings,
): void {
  if (seq !== 0 || record === undefined) return
  if (genesis === undefined || record.prev !== genesisPrev(genesis.origin)) {
    const text = 'Record 0 does not begin a log: its origin and its first hash do not belong together.'
    findings.add('GENESIS_WRONG', 0, text)
  } else if (genesis.key === undefined) {
    findings.add('GENESIS_WRONG', 0, `Record 0 names no key of ${genesis.origin} that could sign for this log.`)
  } else if (expected.origin !== undefined && genesis.origin !== expected.origin) {
    findings.add('GENESIS_WRONG', 0, `This is the log of ${genesis.origin}, not of ${expected.origin}.`)
  } else if (expected.key !== undefined && genesis.vkey !== expected.key) {
    findings.add('GENESIS_WRONG', 0, 'The log was begun with another log key than the one expected.')
  }
}
