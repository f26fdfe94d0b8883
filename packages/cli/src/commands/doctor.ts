import { buildCommand } from '@stricli/core'
import { EXIT } from '../exit-codes.ts'
import { type CliIO, type Context, note, print, printJson } from '../io.ts'
import { connectionFlags, type JsonFlag, jsonFlag, type ProfileFlag, profileFlag } from './flags.ts'

interface DoctorFlags extends ProfileFlag, JsonFlag {
  readonly lan?: string
  readonly relay?: readonly string[]
  readonly peer?: readonly string[]
  readonly seconds: number
}

const { lan, relay, peer } = connectionFlags

export const doctorCommand = buildCommand<DoctorFlags, [], Context>({
  loader: async () => doctor,
  parameters: {
    flags: {
      ...profileFlag,
      lan,
      relay,
      peer,
      seconds: {
        kind: 'parsed',
        parse: parseBound,
        default: '8',
        brief: 'How long it may take',
        placeholder: 's',
      },
      ...jsonFlag,
    },
  },
  docs: {
    brief: 'Find out why something does not work, and what to do about it',
    fullDescription: [
      'Looks at each network interface, at colleagues and relays, at clock, disk, roster and log. It appends no record and',
      'changes nothing; docs/doctor.md says what it touches. When a chat runs on the profile, that is asked.',
      'Ends with 0, or with 7 when something is a fault.',
    ].join('\n'),
  },
})

function parseBound(input: string): number {
  const seconds = Number(input)
  if (!(seconds >= 2 && seconds <= 60)) throw new RangeError('a number of seconds from 2 to 60')
  return seconds
}

async function doctor(this: Context, { json, seconds, profile, ...flags }: DoctorFlags): Promise<void> {
  const { io } = this
  const startedAt = performance.now()
  const { chooseProfile } = await import('../profile/paths.ts')
  const { examine, inOrder } = await import('@branchline/core/doctor')
  const { receive } = await import('../doctor/patient.ts')
  const { closingLine, lines, reportOf } = await import('../doctor/views.ts')
  await using patient = await receive(chooseProfile(io, profile), flags)
  const init = { ...patient.init, timeoutMs: seconds * 1_000, onProgress: progress(io) }
  const findings = inOrder([...patient.findings, ...(await examine(init, { signal: io.signal }))])
  const report = reportOf(findings, Date.now(), performance.now() - startedAt)
  if (json) {
    for (const finding of findings) printJson(io, { event: 'finding', ...finding })
    printJson(io, report)
  } else {
    for (const line of findings.flatMap(lines)) print(io, line)
    print(io)
    print(io, closingLine(report))
  }
  if (report.faults > 0) this.exit(EXIT.FAULT_FOUND)
}

function progress(io: CliIO): (what: string) => void {
  return (what) => {
    if (io.stderr.isTTY === true) note(io, `… ${what}`)
  }
}
