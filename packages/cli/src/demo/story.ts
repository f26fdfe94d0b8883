import { join } from 'node:path'
import { joinLogs, verifyLog } from '@branchline/audit-sink'
import { levelSnapshot } from '@branchline/audit-sink/stores/level-snapshot'
import type { CliIO } from '../io.ts'
import { openLogForReading } from '../log-source.ts'
import { type Branches, openBranches } from './branches.ts'
import { changedCopy } from './changed-copy.ts'
import { DemoError, Member } from './member.ts'
import type { Progress } from './progress.ts'

const TALK_MS = 15_000
const CALL_NUMBER = '641.5945 ROM'
const PEOPLE = ['ann', 'bea', 'cy'] as const

/** The main job, on real processes; throws at the first thing that is not as promised. */
export async function tellStory(io: CliIO, folder: string, progress: Progress): Promise<void> {
  const members: Member[] = []
  try {
    const branches = await openBranches(folder, progress, members)
    await talk(branches, progress)
    await verifyWhileRunning(io, folder, progress)
  } finally {
    await Promise.all(members.map((member) => member.end()))
  }
  await verifyAll(folder, progress)
  await changeOneByte(folder, progress)
}

async function talk({ ann, bea, cy }: Branches, progress: Progress): Promise<void> {
  const lines: [from: Member, to: Member, text: string][] = [
    [ann, bea, 'Good morning, Bea! The phone is busy all day, so let us write.'],
    [bea, ann, 'Here is the reading list: https://library.example/lists/summer'],
    [ann, cy, `Please pull ${CALL_NUMBER} for a patron here; pick-up at Northside.`],
    [cy, ann, `Got it. ${CALL_NUMBER} goes out with the noon van.`],
  ]
  for (const [from, to, text] of lines) {
    const what = `${from.name} writes to ${to.name}`
    const told = await progress.step(
      what,
      () => say(from, to, text),
      ({ sent, received }) => `${from.name} to ${to.name}: ${text}  [#${sent}, #${received}]`,
    )
    if (told.shown !== text) throw new DemoError(`${to.name} was shown something else`)
  }
  progress.say('[#here, #there]: each is on record at its sender before it left, at its receiver before it was shown.')
}

async function say(from: Member, to: Member, text: string): Promise<{ sent: number; received: number; shown: string }> {
  from.say(`@${to.name.toLowerCase()} ${text}`)
  const shown = await to.event('message', (event) => event['text'] === text, TALK_MS)
  const delivered = await from.event('delivered', (event) => event['id'] === shown['id'], TALK_MS)
  return { sent: Number(delivered['sentSeq']), received: Number(shown['seq']), shown: String(shown['text']) }
}

async function verifyWhileRunning(io: CliIO, folder: string, progress: Progress): Promise<void> {
  await progress.step(
    'verifying a log while its owner chats',
    async () => {
      await using log = await openLogForReading(io, join(folder, 'ann'))
      const report = await verifyLog(log.source)
      if (report.verdict !== 'INTACT') throw new DemoError(`Ann's log is ${report.verdict}`)
      return report
    },
    ({ records }) => `Ann's log can be verified while she chats: INTACT, ${records} records`,
  )
}

async function verifyAll(folder: string, progress: Progress): Promise<void> {
  await progress.step(
    'verifying and joining all logs',
    async () => {
      const logs = await Promise.all(PEOPLE.map((name) => levelSnapshot(join(folder, name, 'log'))))
      try {
        const reports = await Promise.all(logs.map((log) => verifyLog(log)))
        const joined = await joinLogs(logs)
        const broken = reports.find(({ verdict }) => verdict !== 'INTACT')
        if (broken !== undefined) throw new DemoError(`the log of ${broken.origin} is ${broken.verdict}`)
        const loose =
          joined.unconfirmed.length + joined.provedMissingAtReceiver.length + joined.provedMissingAtSender.length
        if (loose > 0 || joined.both !== 4) throw new DemoError(`of four messages ${joined.both} are at both ends`)
        return { reports, joined }
      } finally {
        await Promise.all(logs.map((log) => log.close()))
      }
    },
    ({ reports, joined }) =>
      `all ${reports.length} logs are INTACT; ${joined.both} of 4 messages are on record at both ends`,
  )
}

async function changeOneByte(folder: string, progress: Progress): Promise<void> {
  await progress.step(
    "changing one byte in a copy of Ann's log",
    async () => {
      const place = join(folder, 'ann-changed')
      await using original = await levelSnapshot(join(folder, 'ann', 'log'))
      const change = await changedCopy(original, place, CALL_NUMBER)
      await using copy = await levelSnapshot(place)
      const { verdict, findings } = await verifyLog(copy)
      const [finding] = findings
      if (verdict !== 'TAMPERED' || finding?.seq !== change.seq) throw new DemoError('the change was not found')
      return { verdict, finding }
    },
    ({ verdict, finding }) => `one byte changed in a copy: ${verdict}, ${finding.text}`,
  )
}
