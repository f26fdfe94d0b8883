import { generateKeyPairSync } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AuditSink,
  auditLog,
  type LogSigner,
  type LogSource,
  logSigner,
  parseRecord,
  recoverLog,
  rotateKey,
  verifyLog,
} from '@branchline/audit-sink'
import { exportLog, tilesSource } from '@branchline/audit-sink/export'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { describe, expect, test } from 'vitest'
import { hasPython, inBrief, type Judged, python, randomNumbers, VECTORS } from './support/foreign-judge.ts'
import { testFolder } from './support/test-folder.ts'

const OWNER = '12D3KooWAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAn'
const PEER = '12D3KooWBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBe'
const RECORDS = 520
const CHANGES = 150
const SEED = 20_261_124
const PAYLOAD_BYTES = [0, 1, 17, 400, 5_000, 60_000]

describe.skipIf(!hasPython)('a judge that shares no code with ours agrees', () => {
  type Said = Record<
    | 'record'
    | 'payload'
    | 'log'
    | 'tree'
    | 'checkpoint'
    | 'continuation'
    | 'roster'
    | 'clock'
    | 'places'
    | 'content'
    | 'pull',
    (Judged & VectorSaid)[]
  >
  const said = hasPython
    ? python<Said>('--vectors').said
    : {
        record: [],
        payload: [],
        log: [],
        tree: [],
        checkpoint: [],
        continuation: [],
        roster: [],
        clock: [],
        places: [],
        content: [],
        pull: [],
      }
  const read = (name: string): unknown => JSON.parse(readFileSync(join(VECTORS, `${name}.json`), 'utf8'))
  const cases = <T>(name: string): T[] => read(name) as T[]

  test('that all vectors say the right thing, and leaves out none', () => {
    const files = readdirSync(VECTORS).filter((name) => name.endsWith('.json'))
    expect(Object.keys(said).toSorted()).toEqual(files.map((name) => name.slice(0, -'.json'.length)).toSorted())
    for (const [name, all] of Object.entries(said)) {
      expect(all.length, name).toBe(countOf(read(name)))
      expect(
        all.filter(({ agrees }) => !agrees),
        name,
      ).toEqual([])
    }
  })

  test('on every case of record.json', () => {
    const ours = cases<RecordCase>('record').map((each) => ({ name: each.name, says: whatWeSay(lineOf(each)) }))
    expect(said.record.map(({ name, says }) => ({ name, says }))).toEqual(ours)
  })

  test('on every case of log.json', async () => {
    const ours: string[] = []
    for (const each of cases<LogCase>('log')) ours.push(`${each.name}: ${inBrief(await verifyLog(sourceOf(each)))}`)
    expect(said.log.map((each) => `${each.name}: ${inBrief(each)}`)).toEqual(ours)
  })

  test(`on a real log of ${RECORDS} records, and on ${CHANGES} exports of it with one byte changed`, async () => {
    const folder = await testFolder()
    const whole = join(folder, 'export')
    await exportOfRealLog(join(folder, 'log'), whole)
    expect(python<Judged>(whole)).toMatchObject({
      code: 0,
      said: { verdict: 'INTACT', records: RECORDS, findings: [] },
    })
    expect(await verifyLog(await tilesSource(whole))).toMatchObject({ verdict: 'INTACT', records: RECORDS })

    const { differences, caught } = await withChangedBytes(whole, CHANGES)
    expect(differences).toEqual([])
    expect(caught, 'no changed byte goes unseen').toBe(CHANGES)
  }, 300_000)

  test(`on logs that go on under another key or by a director, and on ${CHANGES} changed bytes of such`, async () => {
    const folder = await testFolder()
    for (const [name, expected] of [
      ['rotated', { unknown: 'INTACT', known: 'INTACT' }],
      ['recovered', { unknown: 'TAMPERED', known: 'INCOMPLETE' }],
    ] as const) {
      const whole = join(folder, name, 'export')
      const director = await exportOfContinuedLog(join(folder, name), whole, name === 'recovered')
      const ours = await verifyLog(await tilesSource(whole), { directors: [director] })
      const theirs = python<Judged>(whole, '--director', director).said
      expect([ours.verdict, inBrief(theirs)]).toEqual([expected.known, inBrief(ours)])
      const unknown = await verifyLog(await tilesSource(whole))
      expect([unknown.verdict, inBrief(python<Judged>(whole).said)]).toEqual([expected.unknown, inBrief(unknown)])
      const { differences } = await withChangedBytes(whole, CHANGES / 2, director)
      expect(differences).toEqual([])
    }
  }, 300_000)

  test('on exports that have lost a file', async () => {
    const folder = await testFolder()
    const whole = join(folder, 'export')
    await exportOfRealLog(join(folder, 'log'), whole)
    const differences: string[] = []
    for (const file of filesIn(whole)) {
      const changed = join(folder, 'changed')
      cpSync(whole, changed, { recursive: true })
      rmSync(join(changed, file))
      const ours = inBrief(await verifyLog(await tilesSource(changed)))
      const theirs = inBrief(python<Judged>(changed).said)
      if (ours !== theirs || ours === 'INTACT') differences.push(`without ${file}: we say ${ours}, the judge ${theirs}`)
      rmSync(changed, { recursive: true })
    }
    expect(differences).toEqual([])
  })
})

/** Changes one byte after another, and compares what both say. */
async function withChangedBytes(
  whole: string,
  changes: number,
  ...directors: readonly string[]
): Promise<{ differences: string[]; caught: number }> {
  const changed = `${whole}-changed`
  cpSync(whole, changed, { recursive: true })
  const files = filesIn(whole)
  const random = randomNumbers(SEED)
  const differences: string[] = []
  let caught = 0
  for (let n = 0; n < changes; n++) {
    const file = files[random(files.length)] as string
    const bytes = readFileSync(join(whole, file))
    const at = random(bytes.length)
    const before = bytes[at] as number
    bytes[at] = before ^ (1 + random(255))
    writeFileSync(join(changed, file), bytes)
    const ours = await verifyLog(await tilesSource(changed), { directors })
    const { said: theirs } = python<Judged>(changed, ...directors.flatMap((key) => ['--director', key]))
    if (inBrief(ours) !== inBrief(theirs)) {
      const what = `${file}, byte ${at}, ${before} to ${bytes[at]}`
      differences.push(`${what}: we say ${inBrief(ours)}, the judge ${inBrief(theirs)}`)
    }
    if (ours.verdict !== 'INTACT') caught += 1
    bytes[at] = before
    writeFileSync(join(changed, file), bytes)
  }
  return { differences, caught }
}

const newSigner = (name = `branchline/${OWNER}`): LogSigner =>
  logSigner(name, generateKeyPairSync('ed25519').privateKey)

/** @returns the director's verifier key */
async function exportOfContinuedLog(folder: string, target: string, isRecovered: boolean): Promise<string> {
  const [first, second, director] = [newSigner(), newSigner(), newSigner('branchline/director/Dee')]
  const store = await levelStore(join(folder, 'log'))
  const say = async (signer: LogSigner): Promise<AuditSink> => {
    const sink = await auditLog({ store, owner: OWNER, signer })
    for (let n = 0; n < 5; n++) await sink.append([{ kind: 'roster', actor: OWNER, reason: `entry ${n}` }])
    return sink
  }
  await say(first)
  const init = { store, owner: OWNER, reason: 'why' }
  if (isRecovered) await recoverLog({ ...init, signer: second, director, knownSize: 9 })
  else await rotateKey({ ...init, signer: first, to: second })
  const sink = await say(second)
  await exportLog(store, target)
  await sink.close()
  return director.vkey
}

async function exportOfRealLog(log: string, folder: string): Promise<void> {
  const signer = logSigner(`branchline/${OWNER}`, generateKeyPairSync('ed25519').privateKey)
  const store = await levelStore(log)
  const sink = await auditLog({ store, owner: OWNER, signer })
  try {
    const entries = Array.from({ length: RECORDS - 1 }, (_, n) => {
      const bytes = Buffer.alloc(n % 50 === 0 ? (PAYLOAD_BYTES[(n / 50) % PAYLOAD_BYTES.length] as number) : n % 90, n)
      return { kind: 'sent', actor: OWNER, peers: [PEER], payloads: [{ label: 'text', bytes }] } as const
    })
    for (let start = 0; start < entries.length; start += 100) await sink.append(entries.slice(start, start + 100))
    await exportLog(store, folder)
  } finally {
    await sink.close()
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}

interface VectorSaid {
  readonly name: string
  readonly says: string
  readonly agrees: boolean
}

/** Cases of a file of vectors: a list, or lists by name beside texts that all cases share. */
function countOf(vectors: unknown): number {
  if (Array.isArray(vectors)) return vectors.length
  const lists = Object.values(vectors as Record<string, unknown>).filter((each) => Array.isArray(each))
  return lists.flat().filter((each) => typeof each === 'object').length
}

interface RecordCase {
  readonly name: string
  readonly line?: string
  readonly lineHex?: string
  readonly fill?: { readonly prefix: string; readonly byte: string; readonly length: number }
}

function lineOf({ line, lineHex, fill }: RecordCase): Buffer {
  if (fill !== undefined)
    return Buffer.alloc(fill.length, Buffer.from(fill.byte, 'hex')).fill(fill.prefix, 0, fill.prefix.length)
  return lineHex === undefined ? Buffer.from(line ?? '') : Buffer.from(lineHex, 'hex')
}

function whatWeSay(line: Buffer): string {
  try {
    parseRecord(line)
    return 'accept'
  } catch (error) {
    return (error as { code: string }).code
  }
}

interface LogCase {
  readonly name: string
  readonly head: { readonly size: number; readonly leaf: string }
  readonly entries: readonly {
    readonly seq: number
    readonly line: string
    readonly payloads: readonly { readonly label: string; readonly salt: string; readonly payload: string }[]
  }[]
}

function sourceOf({ entries, head }: LogCase): LogSource {
  const stored = entries.map(({ seq, line, payloads }) => ({
    seq,
    line: Buffer.from(line),
    payloads: payloads.map(({ label, salt, payload }) => {
      return { label, salt: Buffer.from(salt, 'hex'), bytes: Buffer.from(payload, 'hex') }
    }),
  }))
  return {
    head: async () => head,
    async *read() {
      yield stored
    },
  }
}
