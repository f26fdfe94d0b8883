import {
  auditLog,
  encodeRecord,
  formatHeadNote,
  leafHash,
  type LogSigner,
  logSigner,
  parseRecord,
  recoverLog,
  rotateKey,
  verifyLogs,
} from '@branchline/audit-sink'
import { checkpointText, TreeEdge } from '@branchline/audit-sink/tlog'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { alarms, type Person, person, rawPeer } from './peers.ts'
import { type Device, device, entriesOf, own, recordsOf, signerOf, until } from './support.ts'
import { genesisOf } from './voice.ts'

const directorOf = (name: string): LogSigner =>
  logSigner(`branchline/director/${name}`, generateKeyPairSync('ed25519').privateKey)
const director = directorOf('dora')
const directors = [director.vkey]

/** The device with its log under another key. */
async function rotated(self: Device): Promise<Device> {
  await self.audit.close()
  const to = signerOf(self.peer)
  await rotateKey({ store: self.store, owner: self.peer, signer: self.signer, to, reason: 'a key a year' })
  return { ...self, signer: to, audit: await auditLog({ store: self.store, owner: self.peer, signer: to }) }
}

/** The device with a log that has lost all but its first `kept` records, and goes on by the word of a director. */
async function recovered(
  self: Device,
  kept: number,
  { by = director, signer = signerOf(self.peer) } = {},
): Promise<Device> {
  const older = await prefix(self, kept)
  await recoverLog({ store: older.store, owner: self.peer, signer, director: by, reason: 'an old disk was put back' })
  return { ...older, signer, audit: await auditLog({ store: older.store, owner: self.peer, signer }) }
}

/** An old copy of its log, without a head note. */
async function prefix(self: Device, size: number): Promise<Device> {
  const entries = (await entriesOf(self.audit)).slice(0, size)
  const leaves = entries.map(({ line }) => leafHash(line))
  const head = { size, leaf: leaves.at(-1) as string }
  const continuations = entries.map(({ line }) => parseRecord(line)).filter(({ kind }) => kind === 'recovery')
  const store = memoryStore()
  const indexes = { messages: new Map(), witnessed: new Map(), continuations: continuations.map(({ seq }) => seq) }
  await store.append({ entries, head, ...indexes, tiles: [] })
  return { ...self, store }
}

async function meet(ann: Device, bea: Device, known: readonly string[] = directors): Promise<[Person, Person]> {
  const second = await person({ directors: known }, bea)
  return [await person({ peers: [second.address], directors: known }, ann), second]
}

async function part(...people: Person[]): Promise<void> {
  for (const { messenger } of people) await messenger.close()
}

/** They have talked, and each holds a checkpoint of the other. */
async function acquainted(): Promise<{ ann: Device; bea: Device }> {
  const [ann, bea] = [await device(), await device()]
  const people = await meet(ann, bea)
  for (const text of ['one', 'two', 'three']) await people[0].messenger.send(bea.peer, text)
  await part(...people)
  return { ann, bea }
}

async function verified(ann: Device, bea: Device, known: readonly string[] = directors) {
  const logs = [ann, bea].map(({ store }, n) => ({ name: ['ann', 'bea'][n] as string, source: store }))
  const { logs: reports } = await verifyLogs(logs, { directors: known })
  return reports.map(({ verdict, findings }) => [verdict, findings.map(({ code, seq }) => [code, seq])])
}

describe('a log under another key is followed by colleagues', () => {
  test.each(['who receive', 'who send'])('%s', async (who) => {
    const { ann, bea } = await acquainted()
    const [first, second] = who === 'who receive' ? [await rotated(ann), bea] : [ann, await rotated(bea)]
    const people = await meet(first, second)
    await people[0].messenger.send(bea.peer, 'four')
    await part(...people)
    expect(await verified(first, second)).toEqual([
      ['INTACT', []],
      ['INTACT', []],
    ])
    expect(await recordsOf(second.store, 'received')).toHaveLength(4)
  })

  test('as often as it changes', async () => {
    const { ann, bea } = await acquainted()
    let self = ann
    for (let n = 0; n < 3; n++) self = await rotated(self)
    const people = await meet(self, bea)
    await people[0].messenger.send(bea.peer, 'four')
    await part(...people)
  })
})

describe('a log that was cut goes on with colleagues by the word of a director', () => {
  test('whom they know, and what is lost stays known', async () => {
    const { ann, bea } = await acquainted()
    const again = await recovered(ann, 3)
    for (const text of ['four', 'five']) {
      const people = await meet(again, bea)
      await people[0].messenger.send(bea.peer, text)
      await people[1].messenger.send(ann.peer, `and back: ${text}`)
      await part(...people)
    }
    expect(await verified(again, bea)).toEqual([
      ['INCOMPLETE', [['RECORDS_LOST', 3]]],
      ['INTACT', []],
    ])
  })

  test('which goes on their record, once', async () => {
    const { ann, bea } = await acquainted()
    const again = await recovered(ann, 3)
    for (const text of ['four', 'five']) {
      const people = await meet(again, bea)
      await people[0].messenger.send(bea.peer, text)
      await part(...people)
    }
    const [told, ...others] = await recordsOf(bea.store, 'witnessed')
    expect(others).toEqual([])
    expect(told).toMatchObject({
      peers: [ann.peer],
      payloads: [['continuation', expect.any(Number), expect.any(String)]],
    })
    const line = (await entriesOf(bea.store))[told?.seq ?? 0]?.payloads[0]?.bytes ?? new Uint8Array()
    expect(parseRecord(line)).toMatchObject({ kind: 'recovery', seq: 3, reason: 'an old disk was put back' })
    expect(await bea.audit.witnessed(again.audit.origin)).toMatchObject({ 1: expect.toSatisfy((size) => size < 12) })
  })

  test('LOG_DIRECTOR_UNKNOWN: not of anyone else', async () => {
    const { ann, bea } = await acquainted()
    const people = await meet(await recovered(ann, 3, { by: directorOf('eve') }), bea)
    await expect(people[0].messenger.send(bea.peer, 'four')).rejects.toMatchObject({
      message: expect.stringContaining('LOG_DIRECTOR_UNKNOWN'),
    })
    expect(await recordsOf(bea.store, 'received')).toHaveLength(3)
    await until(async () => (await recordsOf(bea.store, 'refused')).length > 0)
    expect((await recordsOf(bea.store, 'refused'))[0]?.detail).toEqual({ code: 'LOG_DIRECTOR_UNKNOWN' })
  })

  test('and is found out when it is cut again', async () => {
    const { ann, bea } = await acquainted()
    const again = await recovered(ann, 3)
    const people = await meet(again, bea)
    for (const text of ['four', 'five']) await people[0].messenger.send(bea.peer, text)
    await part(...people)
    const cut = await prefix(again, 5)
    await cut.store.writeHeadNote(await noteOf(cut, again))
    const audit = await auditLog({ store: cut.store, owner: ann.peer, signer: again.signer })
    const [third] = await meet({ ...cut, audit }, bea)
    const errors = alarms(third)
    await expect(third.messenger.send(bea.peer, 'six')).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(errors).toMatchObject([{ cause: { code: 'AUDIT_LOG_ROLLED_BACK' } }])
  })

  test('unless it keeps its key: what was signed for the lost records cannot be told from what is signed now', async () => {
    const { ann, bea } = await acquainted()
    const [first] = await meet(await recovered(ann, 3, { signer: ann.signer }), bea)
    await expect(first.messenger.send(bea.peer, 'four')).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(await recordsOf(bea.store, 'received')).toHaveLength(3)
  })
})

describe('a hello is refused', () => {
  const signed = Buffer.alloc(64, 7).toString('hex')
  test.each<[string, string, (self: Device) => Promise<Uint8Array> | Uint8Array]>([
    ['LOG_KEY_CHANGED', 'with a statement that nobody signed', async (self) => statement(self, signed)],
    ['LOG_KEY_CHANGED', 'with one that is no record', () => Buffer.from('{}')],
    [
      'LOG_KEY_CHANGED',
      'with one of another kind',
      async (self) => (await entriesOf(self.audit))[0]?.line as Uint8Array,
    ],
  ])('%s: %s', async (code, _, line) => {
    const bea = await person({ directors })
    const eve = await rawPeer()
    const continuations = [{ record: own(await line(eve.self)), root: own(Buffer.alloc(32)) }]
    const greeting = async () => ({ hello: { genesis: await genesisOf(eve.self.audit), continuations } })
    const stream = await eve.open(bea.address, greeting)
    await until(() => stream.frames.length > 0)
    expect(stream.frames.at(-1)).toMatchObject({ refusal: { code } })
  })

  test('LOG_KEY_CHANGED: with more statements than fit', async () => {
    const bea = await person({ directors })
    const eve = await rawPeer()
    const each = { record: own(await statement(eve.self, signed)), root: own(Buffer.alloc(32)) }
    const greeting = async () => {
      return {
        hello: { genesis: await genesisOf(eve.self.audit), continuations: Array.from({ length: 33 }, () => each) },
      }
    }
    const stream = await eve.open(bea.address, greeting)
    await until(() => stream.frames.length > 0)
    expect(stream.frames.at(-1)).toMatchObject({ refusal: { code: 'LOG_KEY_CHANGED' } })
  })
})

/** A record that changes the key of a log, signed by nobody. */
async function statement({ audit, peer }: Device, signature: string): Promise<Uint8Array> {
  const [genesis] = await entriesOf(audit)
  const { kind: _, detail, ...place } = parseRecord(genesis?.line as Uint8Array)
  const key = signerOf(peer).vkey
  return encodeRecord({
    ...place,
    kind: 'key-rotate',
    seq: 1,
    detail: { key, signature },
    reason: `not ${detail?.['key']}`,
  })
}

/** A head note of a copy, signed by the key of the log. */
async function noteOf({ store }: Device, { signer }: Device): Promise<Uint8Array> {
  const tree = new TreeEdge()
  for (const { line } of await entriesOf(store)) tree.append(leafHash(line))
  const checkpoint = { origin: signer.name, size: tree.size, root: tree.root() }
  return formatHeadNote(checkpoint, signer.vkey, await signer.sign(Buffer.from(checkpointText(checkpoint))))
}
