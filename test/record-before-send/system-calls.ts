import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'

const CALLS = 'fdatasync,fsync,read,readv,recvfrom,recvmsg,sendto,sendmsg,write,writev'

/** The command that runs another and writes its system calls to a file. */
export function tracing(file: string): string[] {
  return ['strace', '-f', '-yy', '-o', file, '-e', `trace=${CALLS}`]
}

/** Why system calls cannot be watched here; undefined when they can. */
export function whyNotTraced(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', '-e', 'trace=none', 'true'])
  if (error !== undefined) return 'strace is not here'
  return status === 0 ? undefined : `strace may not watch processes: ${stderr.toString().trim()}`
}

export type Target = 'log' | 'network' | 'output' | 'other'

/** The beginning or the end of one system call, in the order in which the system saw them. */
export interface CallEvent {
  readonly call: string
  readonly phase: 'begin' | 'end'
  readonly target: Target
  /** What was asked for (begin) or done (end), in bytes; for a flush 0 when it succeeded. */
  readonly size: number
  /** The call and its arguments, for who must look into it. */
  readonly text: string
}

const LINE = /^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$/
const UNFINISHED = / <unfinished \.\.\.>$/

/** @param logFolder - the folder of LevelDB, whose write-ahead logs are `<number>.log` */
export async function readTrace(file: string, logFolder: string): Promise<CallEvent[]> {
  const events: CallEvent[] = []
  const begun = new Map<string, Omit<CallEvent, 'phase'>>()
  for (const line of (await readFile(file, 'latin1')).split('\n')) {
    const [, thread = '', resumed, started, rest = ''] = LINE.exec(line) ?? []
    let call = resumed === undefined ? undefined : begun.get(thread)
    if (started !== undefined) {
      const text = `${started}(${rest}`
      call = { call: started, target: targetOf(rest, logFolder), size: askedFor(rest), text }
      begun.set(thread, call)
      events.push({ ...call, phase: 'begin' })
    }
    if (call !== undefined && !UNFINISHED.test(rest)) {
      events.push({ ...call, phase: 'end', size: Number(/\) += (-?\d+)/.exec(rest)?.[1] ?? -1) })
    }
  }
  return events
}

function targetOf(args: string, logFolder: string): Target {
  const [, descriptor, name = ''] = /^(\d+)<(.*?)>/.exec(args) ?? []
  if (descriptor === '1') return 'output'
  if (name.startsWith('TCP')) return 'network'
  return name.startsWith(`${logFolder}/`) && name.endsWith('.log') ? 'log' : 'other'
}

/** The length of a plain write, or of all pieces of a gathered one. */
function askedFor(args: string): number {
  const pieces = [...args.matchAll(/iov_len=(\d+)/g)]
  if (pieces.length > 0) return pieces.reduce((sum, [, length]) => sum + Number(length), 0)
  return Number(/, (\d+)(?:, [^"]*)?(?:\)| <unfinished)/.exec(args)?.[1] ?? 0)
}
