import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { exportLog, tilesSource } from '../src/export/index.ts'
import {
  type AuditSink,
  auditLog,
  type AuditStore,
  leafHash,
  type LogSource,
  logSigner,
  recoverLog,
  rotateKey,
  verifyLog,
} from '../src/index.ts'
import { memoryStore } from '../src/stores/memory.ts'
import { ANN, BEA, SIGNER, signerFor, textTo } from './support.ts'

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'branchline-export-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'export')
}

async function logWith(records: number): Promise<{ store: AuditStore; log: AuditSink }> {
  const store = memoryStore()
  const log = await auditLog({ store, owner: ANN, signer: SIGNER })
  const entries = Array.from({ length: records - 1 }, (_, n) => textTo(BEA, `message ${n}`))
  for (let start = 0; start < entries.length; start += 100) await log.append(entries.slice(start, start + 100))
  return { store, log }
}

async function exported(records: number): Promise<{ folder: string; source: LogSource }> {
  const { store } = await logWith(records)
  const folder = await newFolder()
  await exportLog(store, folder)
  return { folder, source: store }
}

const tilesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}

const verdictOn = async (folder: string): Promise<string> => (await verifyLog(await tilesSource(folder))).verdict

test('a log whose key was changed, and that a director let go on, is the same when it comes back from its export', async () => {
  const { store } = await logWith(3)
  const [second, third] = [signerFor(ANN), signerFor(ANN)]
  const director = logSigner('branchline/director/Dee', generateKeyPairSync('ed25519').privateKey)
  const init = { store, owner: ANN, reason: 'why' }
  await rotateKey({ ...init, signer: SIGNER, to: second })
  await recoverLog({ ...init, signer: third, director, knownSize: 9 })
  const folder = await newFolder()
  expect(await exportLog(store, folder)).toMatchObject({ records: 5, checkpoint: true })
  for (const directors of [[], [director.vkey]]) {
    const [before, after] = [
      await verifyLog(store, { directors }),
      await verifyLog(await tilesSource(folder), { directors }),
    ]
    expect(after).toEqual(before)
    expect(after.verdict).toBe(directors.length === 0 ? 'TAMPERED' : 'INCOMPLETE')
  }
})

describe('an export has the layout of C2SP tlog-tiles', () => {
  test('70,000 records are 273 full tiles and one of 112, then 1 and one of 17, then one of 1', async () => {
    const lines = Array.from({ length: 70_000 }, (_, n) => Buffer.from(`line ${n}`))
    const last = lines.at(-1) as Buffer
    const source: LogSource = {
      head: async () => ({ size: lines.length, leaf: leafHash(last) }),
      async *read() {
        for (let n = 0; n < lines.length; n += 1_000) {
          yield lines.slice(n, n + 1_000).map((line, at) => ({ seq: n + at, line, payloads: [] }))
        }
      },
    }
    const folder = await newFolder()
    expect(await exportLog(source, folder)).toMatchObject({ records: 70_000, payloads: 0, checkpoint: false })
    const full = Array.from({ length: 273 }, (_, n) => String(n).padStart(3, '0'))
    for (const level of ['0', 'entries']) {
      expect(await tilesBelow(join(folder, 'tile', level))).toEqual([...full, '273.p/112'])
    }
    expect(await tilesBelow(join(folder, 'tile', '1'))).toEqual(['000', '001.p/17'])
    expect(await tilesBelow(join(folder, 'tile', '2'))).toEqual(['000.p/1'])
    expect((await readdir(join(folder, 'tile'))).toSorted()).toEqual(['0', '1', '2', 'entries'])
    let next = 0
    for await (const piece of (await tilesSource(folder)).read()) {
      for (const { seq, line } of piece) if (seq !== next++ || !lines[seq]?.equals(line)) throw new Error(`${seq}`)
    }
    expect(next).toBe(70_000)
  })

  test('256 records are a full tile, and one of 1 above it', async () => {
    const { folder } = await exported(256)
    expect(await tilesBelow(join(folder, 'tile'))).toEqual(['0/000', '1/000.p/1', 'entries/000'])
  })
})

describe('an export says what the log says', () => {
  test.each([1, 2, 255, 256, 257, 700])('%i records', async (records) => {
    const { folder, source } = await exported(records)
    const { origin: _, ...report } = await verifyLog(await tilesSource(folder))
    expect(report).toMatchObject({ verdict: 'INTACT', records, payloadsOpened: records - 1 })
    expect(await verifyLog(source)).toMatchObject(report)
  })

  test('a part of it can be read', async () => {
    const { folder } = await exported(300)
    const seqs: number[] = []
    for await (const piece of (await tilesSource(folder)).read({ from: 254, to: 258 })) {
      for (const { seq, payloads } of piece) seqs.push(seq, payloads.length)
    }
    expect(seqs).toEqual([254, 1, 255, 1, 256, 1, 257, 1])
  })

  test('its files are for their owner alone, and its checkpoint is the head note without padding', async () => {
    const { folder, source } = await exported(3)
    for (const file of await tilesBelow(folder)) expect((await stat(join(folder, file))).mode & 0o777, file).toBe(0o600)
    const note = Buffer.from((await source.headNote?.()) as Uint8Array).toString()
    expect(await readFile(join(folder, 'checkpoint'), 'utf8')).toBe(note.replace(/\n+$/, '\n'))
  })

  test('a head note of another size is kept, but is no checkpoint of the export', async () => {
    const { store, log } = await logWith(3)
    const older = await store.headNote()
    await log.append([textTo(BEA, 'later')])
    const folder = await newFolder()
    const source = { head: () => store.head(), read: store.read.bind(store), headNote: async () => older }
    expect(await exportLog(source, folder)).toMatchObject({ records: 4, checkpoint: false })
    expect(await readdir(folder)).not.toContain('checkpoint')
    expect(await verdictOn(folder)).toBe('INTACT')
  })
})

describe('what no export could show is refused', () => {
  test('a folder that holds something', async () => {
    const { folder, source } = await exported(2)
    await expect(exportLog(source, folder)).rejects.toMatchObject({ code: 'EXPORT_REFUSED' })
    expect(await verdictOn(folder)).toBe('INTACT')
  })

  test.each<[string, (source: LogSource) => Partial<LogSource>]>([
    ['a log with a gap', (source) => ({ read: (range) => without(2, source.read(range)) })],
    ['a log that ends before its head', (source) => ({ read: (range) => without(4, source.read(range)) })],
    [
      'a log whose last record is not that of its head',
      () => ({ head: async () => ({ size: 5, leaf: '00'.repeat(32) }) }),
    ],
    ['a log without a head', () => ({ head: async () => undefined })],
  ])('%s', async (_, change) => {
    const { store } = await logWith(5)
    const source: LogSource = { head: () => store.head(), read: store.read.bind(store) }
    const folder = await newFolder()
    const exporting = exportLog({ ...source, ...change(source) }, folder)
    await expect(exporting).rejects.toMatchObject({ code: 'EXPORT_REFUSED' })
    expect(await readdir(folder).catch(() => []), 'nothing is left behind').toEqual([])
  })
})

describe('a hostile folder is found out, and does no harm', () => {
  test('a folder that is no export', async () => {
    await expect(tilesSource(tmpdir())).rejects.toMatchObject({ code: 'AUDIT_STORE_FAILED' })
  })

  test.each<[string, string, (folder: string) => Promise<unknown>]>([
    ['a bundle is gone', 'INCOMPLETE', (folder) => rm(join(folder, 'tile/entries/000'))],
    ['a bundle ends early', 'DAMAGED', (folder) => cut(join(folder, 'tile/entries/001.p/44'))],
    ['a bundle goes on', 'DAMAGED', (folder) => append(join(folder, 'tile/entries/000'), 'more')],
    ['a bundle is a folder', 'DAMAGED', (folder) => swapForFolder(join(folder, 'tile/entries/000'))],
    ['the tiles of leaves are gone', 'DAMAGED', (folder) => rm(join(folder, 'tile/0'), { recursive: true })],
    ['an upper tile is gone', 'DAMAGED', (folder) => rm(join(folder, 'tile/1'), { recursive: true })],
    ['the checkpoint is gone', 'INCOMPLETE', (folder) => rm(join(folder, 'checkpoint'))],
    ['the texts are gone', 'INCOMPLETE', (folder) => rm(join(folder, 'payloads.jsonl'))],
    ['a text is added', 'TAMPERED', (folder) => append(join(folder, 'payloads.jsonl'), '{}\n')],
    ['a text has no line feed', 'TAMPERED', (folder) => append(join(folder, 'payloads.jsonl'), 'x'.repeat(2_000_000))],
    ['a text for no record', 'DAMAGED', (folder) => append(join(folder, 'payloads.jsonl'), FOR_NO_RECORD)],
    ['a bundle for the last place there is', 'DAMAGED', (folder) => addFar(folder, 'entries')],
    ['a tile for the last place there is', 'INCOMPLETE', (folder) => addFar(folder, '0')],
    ['a pipe for the checkpoint', 'DAMAGED', (folder) => swapForPipe(join(folder, 'checkpoint'))],
    ['a pipe for the texts', 'DAMAGED', (folder) => swapForPipe(join(folder, 'payloads.jsonl'))],
  ])('%s: %s', async (_, verdict, change) => {
    const { folder } = await exported(300)
    await change(folder)
    expect(await verdictOn(folder)).toBe(verdict)
  })
})

const FOR_NO_RECORD = '{"bytes":"","label":"text","salt":"","seq":9007199254740991}\n'

async function* without(seq: number, pieces: ReturnType<LogSource['read']>): ReturnType<LogSource['read']> {
  for await (const piece of pieces) yield piece.filter((entry) => entry.seq !== seq)
}

const append = (file: string, text: string): Promise<void> => writeFile(file, text, { flag: 'a' })
const cut = async (file: string): Promise<void> => writeFile(file, (await readFile(file)).subarray(0, 500))

async function swapForFolder(file: string): Promise<void> {
  await rm(file)
  await mkdir(file)
}

async function swapForPipe(file: string): Promise<void> {
  await rm(file)
  execFileSync('mkfifo', [file])
}

/** 35184372088831 is the last index. */
async function addFar(folder: string, level: string): Promise<void> {
  const far = join(folder, 'tile', level, 'x035/x184/x372/x088')
  await mkdir(far, { recursive: true })
  await writeFile(join(far, '831'), Buffer.alloc(8_192))
}
