import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '@branchline/core/doctor'
import type { Host } from './host.ts'
import { rosterIn, type Staff } from './staff.ts'

interface Report {
  readonly event: 'report'
  readonly verdict: string
  readonly faults: number
  readonly tookMs: number
}

export interface Examined {
  readonly exitCode: number | null
  readonly findings: readonly Finding[]
  readonly report: Report
  /** The codes of one check, in their order. */
  readonly codes: (check: Finding['check']) => string[]
  /** The first finding of that code. @throws when there is none */
  readonly found: (code: Finding['code']) => Finding
}

/** Has a profile taken the roster of its bed, as `branchline join FILE` does; the log does not begin by that. */
export async function joins({ folder }: Pick<Staff, 'folder'>, bedFolder: string): Promise<void> {
  await copyFile(await rosterIn(bedFolder).file(), join(folder, 'library.roster'))
}

/** Runs the doctor on a host, on a profile. */
export async function doctorOn(host: Host, profile: string, ...args: string[]): Promise<Examined> {
  const { code, stdout, stderr } = await host.branchline('doctor', '--json', '--profile', profile, ...args)
  if (stdout === '') throw new Error(`the doctor said nothing, and ${stderr}`)
  const said = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ({ event: 'finding' } & Finding) | Report)
  const findings = said.filter((each) => each.event === 'finding')
  const report = said.at(-1)
  if (report?.event !== 'report') throw new Error(`the doctor did not end with a report: ${stdout}${stderr}`)
  const codes = (check: Finding['check']): string[] =>
    findings.filter((each) => each.check === check).map(({ code }) => code)
  const found = (code: Finding['code']): Finding => {
    const finding = findings.find((each) => each.code === code)
    if (finding === undefined) throw new Error(`no ${code} in ${stdout}`)
    return finding
  }
  return { exitCode: code, findings, report, codes, found }
}
