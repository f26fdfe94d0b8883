import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LogSource, type LogsReport, verifyLog, verifyLogs, type VerifyLogsOptions } from '@branchline/audit-sink'
import { exportLog, tilesSource } from '@branchline/audit-sink/export'
import { beforeAll, describe, expect, test } from 'vitest'
import { ofAll, openScene, type Scene } from './support/attack-scene.ts'
import { DIRECTOR } from '../packages/audit-sink/test/attacks/town.ts'
import { ATTACKS, ATTACKS_SEEN_BEFORE } from './support/attacked-logs.ts'
import { rotatedTown, storesOf } from './support/continued-logs.ts'
import { hasPython, inBrief, type Judged, python, randomNumbers } from './support/foreign-judge.ts'
import { RECOVERED, recoveredAndLost } from './support/recovered-logs.ts'
import { ROTATED } from './support/rotated-logs.ts'
import { testFolder } from './support/test-folder.ts'
import { FULL } from './support/trial.ts'

const CHANGES = FULL ? 40 : 12
const KNOWN = { directors: [DIRECTOR.vkey] }
const SEED = 20_261_125

interface JudgedTogether {
  readonly verdict: string
  readonly logs: readonly Judged[]
  readonly join: Record<JoinMember, readonly unknown[]> & { readonly both: number }
}

const JOIN_MEMBERS = [
  'provedMissingAtReceiver',
  'provedMissingAtSender',
  'unconfirmed',
  'repeated',
  'absentLogs',
] as const
type JoinMember = (typeof JOIN_MEMBERS)[number]

/** What both must say alike: each log's verdict and findings, all together, and how the messages join. */
function inBriefTogether({ verdict, logs, join }: JudgedTogether | LogsReport): string[] {
  const joined = JOIN_MEMBERS.map((name) => `${join[name].length} ${name}`)
  return [verdict, ...logs.map(inBrief), `${join.both} both, ${joined.join(', ')}`]
}

/** Exports each log to a folder of its own; gives the folders in the same order. */
async function exported(sources: readonly LogSource[]): Promise<string[]> {
  const place = await testFolder()
  const folders = sources.map((_, n) => join(place, String(n)))
  for (const [n, source] of sources.entries()) await exportLog(source, folders[n] as string)
  return folders
}

async function ourWord(folders: readonly string[], options: VerifyLogsOptions = {}): Promise<LogsReport> {
  const logs = []
  for (const folder of folders) logs.push({ source: await tilesSource(folder), name: folder })
  return verifyLogs(logs, options)
}

/** Each log together with the others, and the first alone. */
async function expectAgreement(sources: readonly LogSource[], first: string, checkpoints: readonly Uint8Array[] = []) {
  await expectAgreementOn(await exported(sources), first, { checkpoints })
}

async function expectAgreementOn(folders: readonly string[], first: string, options: VerifyLogsOptions) {
  const { checkpoints = [], directors = [] } = options
  const given = checkpoints.map((_, n) => `${folders[0]}.checkpoint-${n}`)
  for (const [n, checkpoint] of checkpoints.entries()) writeFileSync(given[n] as string, checkpoint)
  const option = [
    ...(directors.length > 0 ? ['--director', ...directors] : []),
    ...(given.length > 0 ? ['--checkpoint', ...given] : []),
  ]
  const ours = await ourWord(folders, options)
  expect(inBrief(ours.logs[0] as Judged)).toBe(first)
  if (folders.length > 1) {
    expect(inBriefTogether(python<JudgedTogether>(...folders, ...option).said)).toEqual(inBriefTogether(ours))
  }
  const alone = await verifyLog(await tilesSource(folders[0] as string), options)
  expect(inBrief(python<Judged>(folders[0] as string, ...option).said)).toBe(inBrief(alone))
}

describe.skipIf(!hasPython)('a judge that shares no code with ours agrees on several logs', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene()
  })

  test.each(ATTACKS)('%s: %s', async (_, first, logs) => {
    await expectAgreement(await logs(scene), first)
  })

  test.each(ATTACKS_SEEN_BEFORE)('with a checkpoint from elsewhere, %s: %s', async (_, first, logs, checkpoints) => {
    await expectAgreement(await logs(scene), first, await checkpoints(scene))
  })

  test.each([...ROTATED, ...RECOVERED])(
    '%s: %s, and if the director is not known %s',
    async (_, known, unknown, make) => {
      const { logs, checkpoints } = await make()
      const folders = await exported(logs)
      await expectAgreementOn(folders, known, { checkpoints, ...KNOWN })
      await expectAgreementOn(folders, unknown, { checkpoints })
    },
  )

  test.each<[string, () => Promise<readonly LogSource[]>]>([
    ['of colleagues', async () => ofAll(scene.town)],
    ['of which one had its key changed', async () => storesOf(await rotatedTown())],
    ['of which a director let one go on, beside the copy that was lost', recoveredAndLost],
  ])(`${CHANGES} times one byte changed in one of several exports %s`, async (_, logs) => {
    const folders = await exported(await logs())
    const place = await testFolder()
    const random = randomNumbers(SEED)
    const differences: string[] = []
    for (let n = 0; n < CHANGES; n++) {
      const copies = mkdtempSync(join(place, 'changed-'))
      for (const [at, folder] of folders.entries()) cpSync(folder, join(copies, String(at)), { recursive: true })
      const changed = folders.map((_, at) => join(copies, String(at)))
      const what = changeOneByte(changed[n % changed.length] as string, random)
      const ours = inBriefTogether(await ourWord(changed, KNOWN)).join('; ')
      const theirs = inBriefTogether(python<JudgedTogether>(...changed, '--director', DIRECTOR.vkey).said).join('; ')
      if (ours !== theirs) differences.push(`${what}: we say ${ours}, the judge ${theirs}`)
      rmSync(copies, { recursive: true })
    }
    expect(differences).toEqual([])
  })
})

function changeOneByte(folder: string, random: (below: number) => number): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
  const file = files[random(files.length)] as string
  const bytes = readFileSync(file)
  const at = random(bytes.length)
  const before = bytes[at] as number
  bytes[at] = before ^ (1 + random(255))
  writeFileSync(file, bytes)
  return `${file}, byte ${at}, ${before} to ${bytes[at]}`
}
