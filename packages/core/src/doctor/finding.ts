import { DOCTOR_CODES, type DoctorCheck, type DoctorCode, type DoctorVerdict } from './codes.ts'

/** What was measured, with units in the names; a program reads these and not the words. */
export type Measured = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** One thing that was found out, and what to do about it. Codes stay the same; words may change. */
export interface Finding {
  readonly check: DoctorCheck
  /** What it is about: an interface, a peer ID, a folder. */
  readonly subject: string
  readonly verdict: DoctorVerdict
  readonly code: DoctorCode
  readonly measured: Measured
  /** In words, without control characters of our own; names in it are others'. */
  readonly says: string
  readonly todo: string
}

interface Words {
  readonly subject: string
  readonly says: string
  /** Nothing, when all is well. */
  readonly todo?: string
  readonly measured?: Readonly<Record<string, Measured[string] | undefined>>
}

export function finding(code: DoctorCode, { subject, says, todo = 'Nothing.', measured = {} }: Words): Finding {
  const known = Object.entries(measured).filter((entry): entry is [string, Measured[string]] => entry[1] !== undefined)
  return { ...DOCTOR_CODES[code], subject, code, measured: Object.fromEntries(known), says, todo }
}

const ORDER = Object.keys(DOCTOR_CODES)
const CHECKS = [...new Set(Object.values(DOCTOR_CODES).map(({ check }) => check))]

/** By what was looked at, then by subject. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const rank = ({ check, code }: Finding): number => CHECKS.indexOf(check) * ORDER.length + ORDER.indexOf(code)
  return findings.toSorted((a, b) => rank(a) - rank(b) || (a.subject < b.subject ? -1 : 1))
}

const GRAVITY = ['ok', 'unknown', 'warning', 'fault'] as const

/** @returns the gravest */
export function verdictOf(findings: readonly Pick<Finding, 'verdict'>[]): DoctorVerdict {
  const gravest = Math.max(0, ...findings.map(({ verdict }) => GRAVITY.indexOf(verdict)))
  return GRAVITY[gravest] as DoctorVerdict
}

/** One decimal; whole above ten. */
export function roundMs(ms: number): number {
  return Math.abs(ms) >= 10 ? Math.round(ms) : Math.round(ms * 10) / 10
}
