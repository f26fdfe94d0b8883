import { writeFile } from 'node:fs/promises'
import { AuditError, type LogSource, parseRecord, proveRecord } from '@branchline/audit-sink'
import { formatInclusionFile, parseInclusionFile } from '@branchline/audit-sink/tlog'
import type { Context } from '../io.ts'
import { openLogForReading } from '../log-source.ts'
import type { ProofFlags } from './audit.ts'

export async function proof(this: Context, flags: ProofFlags, seq: number, place?: string): Promise<void> {
  const { io } = this
  await using log = await openLogForReading(io, place, flags.profile)
  const { source } = log
  const file = flags.author ? await authorsProof(source, seq) : await proveRecord(source, seq, { signal: io.signal })
  if (flags.out === undefined) io.stdout.write(file)
  else await writeFile(flags.out, file, { flag: 'wx' })
}

/**
 * That the author of a message has it in their own log, as whoever received it keeps that (spec/audit-log.md section 3).
 * @throws AuditError AUDIT_PROOF_IMPOSSIBLE
 */
async function authorsProof(source: LogSource, seq: number): Promise<string> {
  for await (const [entry] of source.read({ from: seq, to: seq + 1 })) {
    if (entry === undefined || parseRecord(entry.line).kind !== 'received') break
    const kept = new Map(entry.payloads.map(({ label, bytes }) => [label, bytes]))
    const [extra, proof] = [kept.get('record'), kept.get('proof')]
    if (extra === undefined || proof === undefined) break
    return formatInclusionFile({ ...parseInclusionFile(proof), extra })
  }
  throw new AuditError('AUDIT_PROOF_IMPOSSIBLE', `record ${seq} is not of a message that came with a proof`)
}
