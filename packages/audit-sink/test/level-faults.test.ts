import { cp, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuditErrorCode, StoredEntry } from '../src/index.ts'
import { openingOf, type Outcome, readingOf } from './level-faults/outcome.ts'
import { randomOf, writeLog } from './level-faults/written-log.ts'

/*
 * LevelDB opens a folder that lost its end, or has a hole, as if nothing had been, and gives back a flipped byte as it
 * would any other. Neither the log nor the verifier may take such a folder for a healthy one.
 */
const FLIPS = 200

const [DAMAGED, ROLLED_BACK, FAILED] = ['AUDIT_LOG_DAMAGED', 'AUDIT_LOG_ROLLED_BACK', 'AUDIT_STORE_FAILED'] as const

let root: string
let healthy: string
let written: StoredEntry[]

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'branchline-faults-'))
  healthy = join(root, 'healthy')
  written = await writeLog(healthy)
  expect(written).toHaveLength(1_001)
})
afterAll(() => rm(root, { recursive: true }))

async function copyWith(fault: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(await mkdtemp(join(root, 'case-')), 'log')
  await cp(healthy, folder, { recursive: true })
  await cp(`${healthy}.head`, `${folder}.head`)
  await fault(folder)
  return folder
}

async function outcomeOf(fault: (folder: string) => Promise<void>): Promise<Outcome> {
  const folder = await copyWith(fault)
  // The verifier first: to open a log is to write to it.
  const read = await readingOf(folder, written)
  const opening = await openingOf(folder)
  await rm(dirname(folder), { recursive: true })
  return { opening, ...read }
}

async function namesOf(folder: string, ending: RegExp): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => ending.test(name))
  expect(names.length).toBeGreaterThan(0)
  return names.map((name) => join(folder, name))
}

async function flip(file: string, at: number, count = 1): Promise<void> {
  const handle = await open(file, 'r+')
  const bytes = Buffer.alloc(count)
  await handle.read(bytes, 0, count, at)
  await handle.write(
    bytes.map((byte) => byte ^ 0x55),
    0,
    count,
    at,
  )
  await handle.close()
}

const TABLE = /\.ldb$/
const WRITE_AHEAD = /\.log$/
const MANIFEST = /^MANIFEST-/

/** Does something to the first file of this kind, whose length in bytes is given. */
function toFile(kind: RegExp, change: (file: string, bytes: number) => Promise<void>) {
  return async (folder: string): Promise<void> => {
    const [file] = await namesOf(folder, kind)
    await change(file as string, (await stat(file as string)).size)
  }
}

const headNote = (folder: string): string => `${folder}.head`
/** Bytes of a note before the line feeds that fill its file. */
const NOTE_BYTES = 250

async function emptyFolder(folder: string): Promise<void> {
  for (const file of await namesOf(folder, /./)) await rm(file)
}

test('a log without a fault opens, and is intact', async () => {
  expect(await outcomeOf(async () => undefined)).toEqual({ opening: 'opens', verdict: 'INTACT', bytes: 'as written' })
})

describe('what LevelDB loses in silence is missed', () => {
  test.each<[string, (folder: string) => Promise<void>, AuditErrorCode]>([
    ['the log file cut by one byte', toFile(WRITE_AHEAD, (file, bytes) => truncate(file, bytes - 1)), ROLLED_BACK],
    ['the log file cut by 150 kB', toFile(WRITE_AHEAD, (file, bytes) => truncate(file, bytes - 150_000)), ROLLED_BACK],
    ['the log file cut to nothing', toFile(WRITE_AHEAD, (file) => truncate(file, 0)), ROLLED_BACK],
    ['the log file deleted', toFile(WRITE_AHEAD, (file) => rm(file)), ROLLED_BACK],
    ['three bytes flipped amid the log file', toFile(WRITE_AHEAD, (file, bytes) => flip(file, bytes >> 1, 3)), DAMAGED],
    ['a table deleted', toFile(TABLE, (file) => rm(file)), FAILED],
    ['MANIFEST deleted', toFile(MANIFEST, (file) => rm(file)), FAILED],
    ['MANIFEST cut to half', toFile(MANIFEST, (file, bytes) => truncate(file, bytes >> 1)), FAILED],
    ['MANIFEST flipped', toFile(MANIFEST, (file, bytes) => flip(file, bytes >> 1)), FAILED],
    ['CURRENT cut to nothing', (folder) => truncate(join(folder, 'CURRENT'), 0), FAILED],
    ['CURRENT flipped', (folder) => flip(join(folder, 'CURRENT'), 3), FAILED],
    ['the folder emptied', emptyFolder, ROLLED_BACK],
    ['the folder deleted', (folder) => rm(folder, { recursive: true }), ROLLED_BACK],
  ])('%s', async (_, fault, code) => {
    const { opening, verdict, bytes } = await outcomeOf(fault)
    expect({ opening, bytes }).toEqual({ opening: code, bytes: 'records differ' })
    expect(verdict).not.toBe('INTACT')
  })

  test('CURRENT deleted', async () => {
    const { opening, verdict } = await outcomeOf((folder) => rm(join(folder, 'CURRENT')))
    expect(['AUDIT_LOG_DAMAGED', 'AUDIT_LOG_ROLLED_BACK', 'AUDIT_STORE_FAILED']).toContain(opening)
    expect(verdict).toBe('AUDIT_STORE_FAILED')
  })

  // LevelDB takes the folder for a new one and deletes the tables that its own new list does not name.
  test('to try to open a log without CURRENT deletes nothing of it', async () => {
    const folder = await copyWith((folder) => rm(join(folder, 'CURRENT')))
    const before = await namesOf(folder, TABLE)
    await openingOf(folder)
    expect(await namesOf(folder, TABLE)).toEqual(expect.arrayContaining(before))
  })
})

describe('a head note that is not as it was left is missed', () => {
  test.each<[string, (folder: string) => Promise<void>, AuditErrorCode]>([
    ['deleted', (folder) => rm(headNote(folder)), ROLLED_BACK],
    ['cut to nothing', (folder) => truncate(headNote(folder), 0), DAMAGED],
    ['cut to half', (folder) => truncate(headNote(folder), NOTE_BYTES >> 1), DAMAGED],
    ['overwritten', (folder) => writeFile(headNote(folder), Buffer.alloc(NOTE_BYTES)), DAMAGED],
    ['too long', (folder) => writeFile(headNote(folder), Buffer.alloc(5_000, '\n')), DAMAGED],
    ['with a byte flipped among the line feeds after it', (folder) => flip(headNote(folder), 1_000), DAMAGED],
  ])('%s', async (_, fault, code) => {
    const { opening, verdict, bytes } = await outcomeOf(fault)
    expect({ opening, bytes }).toEqual({ opening: code, bytes: 'as written' })
    expect(verdict).not.toBe('INTACT')
  })

  test('with any of its bytes flipped', async () => {
    const note = (await readFile(headNote(healthy))).toString().trimEnd()
    for (let at = 0; at < note.length; at += 9) {
      const { opening, verdict } = await outcomeOf((folder) => flip(headNote(folder), at))
      expect(opening, `byte ${at}`).toBe(DAMAGED)
      expect(verdict, `byte ${at}`).not.toBe('INTACT')
    }
  }, 60_000)
})

describe('a byte flipped in a table', () => {
  test(`is reported, at each of ${FLIPS} places, unless it changed nothing that is kept`, async () => {
    const random = randomOf(1)
    const outcomes = new Map<string, number>()
    for (let n = 0; n < FLIPS; n++) {
      const at = random()
      const outcome = await outcomeOf(toFile(TABLE, (file, bytes) => flip(file, Math.floor(at * bytes))))
      const { opening, verdict, bytes } = outcome
      const where = `place ${n}, ${at} of the table: ${JSON.stringify(outcome)}`
      if (bytes !== 'as written') expect(verdict, where).not.toBe('INTACT')
      // To open a log is to check its records; what people wrote is opened by the verifier (section 9 and 10).
      if (bytes === 'records differ') expect(opening, where).not.toBe('opens')
      expect(opening, where).not.toMatch(/^not documented/)
      const kind = `${bytes}: ${opening}, ${verdict}`
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
    }
    console.log(Object.fromEntries(outcomes))
  }, 120_000)

  test.each<[string, (folder: string) => Promise<void>]>([
    ['a block of a table', toFile(TABLE, (file) => flip(file, 100, 2_000))],
    ['the end of a table', toFile(TABLE, (file, bytes) => truncate(file, bytes >> 1))],
  ])('when LevelDB itself finds %s damaged while the log is opened, that has a code', async (_, fault) => {
    const { opening } = await outcomeOf(fault)
    expect(opening).not.toMatch(/^not documented/)
  })
})
