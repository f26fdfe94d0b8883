import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LogSource, type LogsReport, type StoredEntry, verifyLog, verifyLogs } from '@branchline/audit-sink'
import { exportLog, tilesSource } from '@branchline/audit-sink/export'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  again,
  backdated,
  chained,
  type Copy,
  copyOf,
  cutTo,
  signed,
  sourceOf,
  withoutCosignatures,
  withRecord,
} from '../packages/audit-sink/test/attacks/copy.ts'
import {
  type Desk,
  cosignatureOf,
  openDesk,
  openTown,
  say,
  seenOf,
  type Town,
} from '../packages/audit-sink/test/attacks/town.ts'
import { hold, holdEvidence, otherHistory } from '../packages/audit-sink/test/attacks/what-others-hold.ts'
import { hasPython, inBrief, type Judged, python, randomNumbers } from './support/foreign-judge.ts'
import { testFolder } from './support/test-folder.ts'

const CHANGES = 60
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

async function ourWord(folders: readonly string[]): Promise<LogsReport> {
  const logs = []
  for (const folder of folders) logs.push({ source: await tilesSource(folder), name: folder })
  return verifyLogs(logs)
}

describe.skipIf(!hasPython)('a judge that shares no code with ours agrees on several logs', () => {
  let town: Town
  let copy: Copy
  beforeAll(async () => {
    town = await openTown()
    copy = await copyOf(town.ann)
  })

  const ofAll = ({ ann, bea, cid }: Town): LogSource[] => [ann.store, bea.store, cid.store]
  const others = (): LogSource[] => [town.bea.store, town.cid.store]
  const resigned = async (changed: Copy): Promise<LogSource> => sourceOf(await signed(chained(changed), town.ann))

  async function withOutcome(
    payload: (town: Town) => Promise<{ label: string; bytes: Uint8Array }>,
  ): Promise<LogSource[]> {
    const made = await openTown()
    const { ann, bea } = made
    const told = { actor: ann.peer, peers: [bea.peer], message: 'ab'.repeat(32), ref: 1 } as const
    const detail = { result: 'delivered' }
    await ann.log.append([{ ...told, kind: 'outcome', detail, payloads: [await payload(made)] }])
    return ofAll(made)
  }

  async function cosignedAs(witness: Desk, key: Desk, of: Desk): Promise<{ label: string; bytes: Uint8Array }> {
    return cosignatureOf({ ...witness, log: key.log }, await seenOf(of))
  }

  const scenarios: readonly (readonly [string, string, () => Promise<LogSource[]>])[] = [
    ['whole logs', 'INTACT', async () => ofAll(town)],
    ['one of three logs absent', 'INTACT', async () => [town.ann.store, town.bea.store]],
    [
      'a restored backup that was continued, and the log that went on',
      'FORKED, 9 LOG_FORKED',
      async () => [await resigned(withRecord(copy, 9, backdated)), town.ann.store, ...others()],
    ],
    [
      'an older copy of the same history',
      'ROLLED_BACK, 12 LOG_ROLLED_BACK',
      async () => [await resigned(cutTo(copy, 12)), town.ann.store],
    ],
    [
      'a split view that two colleagues hold',
      'FORKED, 8 LOG_FORKED',
      async () => {
        const made = await openTown()
        const shown = await seenOf(made.ann)
        await hold(made.bea, shown)
        await hold(made.cid, await otherHistory(made.ann, shown[1]))
        return ofAll(made)
      },
    ],
    [
      'a split view that one colleague holds',
      'FORKED, 15 LOG_FORKED',
      async () => {
        const made = await openTown()
        const shown = await seenOf(made.ann)
        await hold(made.bea, shown)
        await hold(made.bea, await otherHistory(made.ann, shown[1]))
        return ofAll(made)
      },
    ],
    [
      'two histories of one size beyond the end',
      'FORKED, 10 LOG_FORKED, 10 LOG_ROLLED_BACK',
      async () => {
        const made = await openTown()
        const shown = await seenOf(made.ann)
        await hold(made.bea, shown)
        await hold(made.cid, await otherHistory(made.ann, shown[1]))
        const cut = await signed(cutTo(await copyOf(made.ann), 10), made.ann)
        return [sourceOf(cut), made.bea.store, made.cid.store]
      },
    ],
    [
      'evidence that a colleague put on record',
      'FORKED, 0 LOG_FORKED',
      async () => {
        const made = await openTown()
        await holdEvidence(made.bea, made.ann)
        return ofAll(made)
      },
    ],
    [
      'evidence against somebody else',
      'INTACT',
      async () => {
        const made = await openTown()
        await holdEvidence(made.bea, { ...made.ann, signer: (await openDesk(made.ann.peer)).signer })
        return ofAll(made)
      },
    ],
    [
      'a message that arrived, taken out of a log that was signed anew',
      'FORKED, 8 LOG_FORKED, 10 LOG_ROLLED_BACK',
      async () => {
        const { ann, bea } = await openTown()
        await say(ann, bea, 'This never came, did it?')
        await say(ann, bea, 'Another.')
        const { entries, ...rest } = await copyOf(bea)
        const without = { ...rest, entries: entries.toSpliced(entries.length - 2, 1) }
        return [sourceOf(await signed(chained(without), bea)), ann.store]
      },
    ],
    [
      'a message taken out of its sender’s log',
      'ROLLED_BACK, 12 LOG_ROLLED_BACK',
      async () => {
        const bare = withoutCosignatures(copy, 10)
        return [await resigned({ ...bare, entries: bare.entries.slice(0, -4) }), ...others()]
      },
    ],
    [
      'a message and a receipt that were lost',
      'INTACT',
      async () => {
        const made = await openTown()
        await say(made.ann, made.bea, 'Lost on the way.', { lost: 'message' })
        await say(made.ann, made.bea, 'Its receipt was lost.', { lost: 'receipt' })
        return ofAll(made)
      },
    ],
    [
      'a checkpoint that its log did not sign, in one of two copies',
      'TAMPERED, 9 SEEN_UNSIGNED',
      async () => {
        const { ann, bea } = await openTown()
        const before = await copyOf(bea)
        const [origin, size, root] = await seenOf(ann)
        await hold(bea, [origin, size, root, '00'.repeat(64)])
        return [bea.store, sourceOf(before), ann.store]
      },
    ],
    [
      'a log begun anew under another key',
      'ROLLED_BACK, 1 LOG_ROLLED_BACK',
      async () => [(await openDesk(town.ann.peer)).store, town.ann.store, town.bea.store],
    ],
    [
      'a log rewritten, of which cosignatures were left',
      'REWRITTEN, 9 LOG_REWRITTEN',
      async () => [await resigned(withRecord(copy, 9, backdated))],
    ],
    [
      'a log rewritten without cosignatures, which colleagues tell',
      'REWRITTEN, 9 LOG_REWRITTEN',
      async () => [await resigned(withoutCosignatures(withRecord(copy, 9, backdated), 9)), ...others()],
    ],
    [
      'a log rewritten from its first message on, alone',
      'INTACT',
      async () => [await resigned(withoutCosignatures(withRecord(copy, 1, backdated), 1))],
    ],
    [
      'a record put in long before the end',
      'REWRITTEN, 5 LOG_REWRITTEN',
      async () => [await resigned({ ...copy, entries: copy.entries.toSpliced(7, 0, copy.entries[6] as StoredEntry) })],
    ],
    [
      'the end cut off, which a colleague tells',
      'ROLLED_BACK, 10 LOG_ROLLED_BACK',
      async () => [await resigned(cutTo(copy, 10)), town.bea.store],
    ],
    [
      'the last record and the head changed without the key',
      'REWRITTEN, 13 LOG_REWRITTEN',
      async () => [sourceOf(chained(withRecord(copy, 15, backdated)))],
    ],
    [
      'a message received again, after the head note',
      'TAMPERED, 16 MESSAGE_REPEATED',
      async () => [sourceOf(chained({ ...copy, entries: [...copy.entries, again(copy, 3, 16)] })), ...others()],
    ],
    [
      'a message received again, and the log signed anew',
      'REWRITTEN, 9 LOG_REWRITTEN, 9 MESSAGE_REPEATED',
      async () => {
        const bare = withoutCosignatures(copy, 9)
        return [await resigned({ ...bare, entries: bare.entries.toSpliced(9, 0, again(copy, 3, 9)) }), ...others()]
      },
    ],
    [
      'a cosignature that its witness did not make',
      'TAMPERED, 16 COSIGNATURE_WRONG',
      async () => withOutcome(async ({ ann, bea, cid }) => cosignedAs(bea, cid, ann)),
    ],
    [
      'a cosignature of another log',
      'TAMPERED, 16 COSIGNATURE_WRONG',
      async () => withOutcome(async ({ bea, cid }) => cosignedAs(bea, bea, cid)),
    ],
    [
      'a cosignature of more records than there are',
      'TAMPERED, 16 COSIGNATURE_WRONG',
      async () => withOutcome(async ({ ann, bea }) => cosignatureOf(bea, await otherHistory(ann, 40))),
    ],
    [
      'a cosignature of another history',
      'REWRITTEN, 5 LOG_REWRITTEN',
      async () => withOutcome(async ({ ann, bea }) => cosignatureOf(bea, await otherHistory(ann, 8))),
    ],
    [
      'a cosignature that cannot be read',
      'TAMPERED, 16 COSIGNATURE_WRONG',
      async () => withOutcome(async () => ({ label: 'cosignature', bytes: Buffer.from('seen, Bea') })),
    ],
    [
      'a head note of another key',
      'TAMPERED, 16 HEAD_NOTE_WRONG',
      async () => {
        const { signer } = await openDesk(town.ann.peer)
        return [sourceOf(await signed(copy, { ...town.ann, signer })), ...others()]
      },
    ],
    [
      'no head note',
      'INCOMPLETE, 16 HEAD_NOTE_MISSING',
      async () => [sourceOf({ ...copy, note: undefined }), ...others()],
    ],
  ]

  test.each(scenarios)('%s: %s', async (_, first, build) => {
    const folders = await exported(await build())
    const ours = await ourWord(folders)
    const theirs = python<JudgedTogether | Judged>(...folders).said
    expect(inBrief(ours.logs[0] as Judged)).toBe(first)
    if ('join' in theirs) expect(inBriefTogether(theirs)).toEqual(inBriefTogether(ours))
    const alone = inBrief(await verifyLog(await tilesSource(folders[0] as string)))
    expect(inBrief(python<Judged>(folders[0] as string).said)).toBe(alone)
  })

  test(`${CHANGES} times one byte changed in one of three exports`, async () => {
    const folders = await exported(ofAll(town))
    const place = await testFolder()
    const random = randomNumbers(SEED)
    const differences: string[] = []
    for (let n = 0; n < CHANGES; n++) {
      const copies = mkdtempSync(join(place, 'changed-'))
      for (const [at, folder] of folders.entries()) cpSync(folder, join(copies, String(at)), { recursive: true })
      const changed = folders.map((_, at) => join(copies, String(at)))
      const what = changeOneByte(changed[n % changed.length] as string, random)
      const ours = inBriefTogether(await ourWord(changed)).join('; ')
      const theirs = inBriefTogether(python<JudgedTogether>(...changed).said).join('; ')
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
