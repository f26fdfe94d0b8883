import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { VerifyReport } from '@branchline/audit-sink'

export const VECTORS = resolve(import.meta.dirname, '../../spec/vectors')
const FINDINGS_COMPARED = 5

/** What the judge says of one log. */
export interface Judged {
  readonly verdict: string
  readonly findings: readonly { readonly code: string; readonly seq: number }[]
  readonly records: number
}

export const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.log('foreign judge: skipped, since there is no python3 on this machine')

export function python<T>(...args: string[]): { code: number | null; said: T } {
  const { status, stdout, stderr } = spawnSync('python3', ['-BS', join(VECTORS, 'judge.py'), ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (stderr !== '') throw new Error(stderr)
  return { code: status, said: JSON.parse(stdout) as T }
}

/** The verdict, and the first findings: we list only so many, the judge all. */
export function inBrief({ verdict, findings }: Judged | VerifyReport): string {
  const found = findings.map(({ code, seq }) => `${String(seq).padStart(16)} ${code}`).toSorted()
  return [verdict, ...found.slice(0, FINDINGS_COMPARED).map((each) => each.trimStart())].join(', ')
}

/** Mulberry32: the same numbers on every machine. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
