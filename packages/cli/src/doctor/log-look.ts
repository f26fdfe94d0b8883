import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AuditError,
  CodedError,
  type LogSource,
  originOf,
  parseHeadNote,
  parseRecord,
  readLogKeys,
  reasonOf,
} from '@branchline/audit-sink'

import { type Finding, finding } from '@branchline/core/doctor'
import type { ProfilePaths } from '../profile/paths.ts'
import { lockHolder } from './lock.ts'

export interface LogFound {
  readonly findings: readonly Finding[]
  /** Verifier keys that the log has or had. */
  readonly keys: readonly string[]
}

/** A clock that was put right looks like this, too, for as long as it was wrong. */
const AHEAD_MS = 120_000

const TODO: Readonly<Record<string, string>> = {
  AUDIT_LOG_ROLLED_BACK:
    'Find the newer copy of this folder. When there is none, copy the folder as it is, and ask the director: branchline audit recover',
  AUDIT_LOG_DAMAGED:
    'Copy the folder as it is, for it is evidence; run "branchline audit verify" and show the director what it says.',
  AUDIT_LOG_FOREIGN:
    'Give the folder that belongs to this profile. If the log key was lost, ask the director: branchline audit recover',
  KEY_EXPOSED: 'chmod 600 the key file, and ask who may have read it; then: branchline audit rotate-key --reason TEXT',
  KEY_UNREADABLE:
    'Restore the key file from a backup of this machine. If the log key is lost, ask the director: branchline audit recover',
}
const SEE_ERRORS = 'Look up the code in docs/errors.md; run "branchline audit verify", which changes nothing.'

/** The log in its files, of which a copy is looked at as a start would. */
export async function lookAtLog(paths: ProfilePaths, self: string | undefined, now = Date.now()): Promise<LogFound> {
  const subject = paths.log
  const [current, note] = await Promise.all(
    [join(paths.log, 'CURRENT'), `${paths.log}.head`].map((file) => stat(file).catch(() => undefined)),
  )
  if (current === undefined && note === undefined) {
    return {
      keys: [],
      findings: [finding('LOG_NOT_BEGUN', { subject, says: 'There is no log yet; it begins with the first chat.' })],
    }
  }
  const holder = await lockHolder(paths.log)
  if (holder !== undefined) return locked(subject, holder)
  try {
    if (self === undefined)
      throw new AuditError('KEY_UNREADABLE', 'without the identity nobody can tell whose log it is')
    return await opened(paths, self, now)
  } catch (error) {
    const code = error instanceof CodedError ? String(error.code) : 'FAILED'
    return {
      keys: [],
      findings: [
        finding('LOG_DOES_NOT_OPEN', {
          subject,
          measured: { errorCode: code },
          says: `The log would not open (${code}): ${reasonOf(error)}`,
          todo: TODO[code] ?? SEE_ERRORS,
        }),
      ],
    }
  }
}

function locked(subject: string, pid: number): LogFound {
  const says = `Process ${pid} has the log open, and does not answer on its socket: it is starting, ending, or hanging.`
  const todo = `Run this again. If it stays so, end that process (kill ${pid}); the log is checked at the next start.`
  const untried = finding('LOG_UNTRIED', { subject, says: 'The log was not looked at, since it is being written to.' })
  return { keys: [], findings: [finding('PROFILE_LOCKED', { subject, measured: { pid }, says, todo }), untried] }
}

async function opened(paths: ProfilePaths, self: string, now: number): Promise<LogFound> {
  const [first, ...more] = await readLogKeys(paths.logKey, originOf(self))
  if (first === undefined) throw new AuditError('KEY_UNREADABLE', `there is a log, and no key in ${paths.logKey}`)
  const { tryOpening } = await import('@branchline/audit-sink/stores/level-snapshot')
  const log = await tryOpening(paths.log, [first, ...more])
  if (log === undefined)
    return {
      keys: [first.vkey],
      findings: [finding('LOG_NOT_BEGUN', { subject: paths.log, says: 'The log has no record yet.' })],
    }
  const { head, notedSize, lastTime, keys } = log
  return { keys, findings: judge(paths.log, { size: head.size, notedSize, lastTimeMs: lastTime }, now) }
}

interface LogState {
  readonly size: number
  readonly notedSize: number
  readonly lastTimeMs: number | undefined
}

function judge(subject: string, { size, notedSize, lastTimeMs }: LogState, now: number): Finding[] {
  const measured = { size, notedSize, lastTimeMs }
  const last = lastTimeMs === undefined ? '' : `, the last of ${new Date(lastTimeMs).toISOString()}`
  const says = `The log would open: ${size} records${last}. (Its end was looked at; "branchline audit verify" proves the whole.)`
  const findings = [finding('LOG_OPENS', { subject, measured, says })]
  if (notedSize < size) {
    findings.push(
      finding('LOG_NOTE_BEHIND', {
        subject,
        measured: { size, notedSize },
        says: `The head note tells of ${notedSize} records, and ${size} are there: the process ended before it wrote the note.`,
        todo: 'Nothing, the next start writes it. If nothing crashed and no power was lost, run "branchline audit verify".',
      }),
    )
  }
  if (lastTimeMs !== undefined && lastTimeMs - now > AHEAD_MS) {
    findings.push(
      finding('LOG_TIME_AHEAD', {
        subject,
        measured: { lastTimeMs, aheadMs: lastTimeMs - now },
        says: 'The last record bears a time that has not come yet: the clock of this machine was wrong then, or is now.',
        todo: 'See what is said of the clock. What is on record keeps its times; the log goes on.',
      }),
    )
  }
  return findings
}

interface RunningLog extends Pick<LogSource, 'head' | 'read'> {
  headNote(): Promise<Uint8Array>
}

/** The log of a messenger that runs: what it says of its head, and its last record. */
export async function lookAtRunningLog(subject: string, live: RunningLog, now = Date.now()): Promise<Finding[]> {
  try {
    const head = await live.head()
    const size = head?.size ?? 0
    const notedSize = parseHeadNote(await live.headNote()).size
    let lastTimeMs: number | undefined
    for await (const entries of live.read({ from: Math.max(0, size - 1), to: size })) {
      for (const { line } of entries) lastTimeMs = parseRecord(line).time
    }
    return judge(subject, { size, notedSize, lastTimeMs }, now).map((each) => {
      if (each.code !== 'LOG_OPENS') return each
      return { ...each, says: each.says.replace('would open', 'is open in the chat that runs') }
    })
  } catch (error) {
    const says = `The chat that runs did not tell of its log: ${reasonOf(error)}`
    return [finding('LOG_UNTRIED', { subject, says, todo: 'End the chat, and run this again.' })]
  }
}
