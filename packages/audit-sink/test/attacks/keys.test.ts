import { beforeAll, describe, expect, test } from 'vitest'
import { type NamedLog, type VerifyReport, verifyLog, verifyLogs } from '../../src/index.ts'
import { proveRecord } from '../../src/verify/prove-record.ts'
import { backdated, chained, type Copy, copyOf, cutTo, signed, sourceOf, withRecord } from './copy.ts'
import { type Desk, openDesk, openTown, rotated, say, type Town } from './town.ts'

/*
 * Ann's log of 16 records, whose key is changed in record 16; she and Bea write on. `old` is Ann with the key before.
 */
let town: Town
let old: Desk
let ann: Desk
let copy: Copy
const CHANGED_AT = 16
/** Whom nobody else's log tells of. */
const DAN = '12D3KooWDanDanDanDanDanDanDanDanDanDanDanDanDanDanDa'

beforeAll(async () => {
  town = await openTown()
  old = town.ann
  ann = await rotated(old)
  for (const text of ['The atlas goes back on Monday.', 'Has it come?']) await say(ann, town.bea, text)
  await say(town.bea, ann, 'It has.')
  copy = await copyOf(ann)
})

const named = (source: NamedLog['source'], name = 'a folder'): NamedLog => ({ source, name })
const found = ({ findings }: VerifyReport): [string, number][] => findings.map(({ code, seq }) => [code, seq])

/** A checkpoint of Ann's log as it is, or was with so many records, signed by one of her keys. */
async function noteBy(signer: Desk, size: number, of = copy): Promise<Uint8Array> {
  return (await signed(cutTo(of, size), signer)).note as Uint8Array
}

async function heldBy(desk: Desk, signer: Desk, size: number): Promise<void> {
  const note = Buffer.from(await noteBy(signer, size)).toString()
  const [origin = '', , root = ''] = note.split('\n')
  const signature = Buffer.from(note.trimEnd().split(' ').at(-1) as string, 'base64').subarray(4)
  const seen = [origin, size, Buffer.from(root, 'base64').toString('hex'), signature.toString('hex')] as const
  await desk.log.append([{ kind: 'witnessed', actor: desk.peer, peers: [ann.peer], seen: [seen] }])
}

describe('a log whose key was changed', () => {
  test('is INTACT, alone and with those who have seen it before and after', async () => {
    expect(await verifyLog(ann.store, { key: old.signer.vkey })).toMatchObject({
      verdict: 'INTACT',
      headNoteSize: 22,
      remarks: [{ code: 'KEY_CHANGED', seq: CHANGED_AT }],
    })
    const { verdict, logs } = await verifyLogs([ann, town.bea, town.cid].map(({ store }) => named(store)))
    expect(verdict).toBe('INTACT')
    expect(logs[0]?.witnessed).toMatchObject({ by: town.bea.signer.name, size: 22, proven: true })
  })

  test('fits the checkpoints of each of its keys, each in its time', async () => {
    const checkpoints = [await noteBy(old, 9), await noteBy(old, CHANGED_AT), await noteBy(ann, CHANGED_AT + 1)]
    expect(await verifyLog(ann.store, { checkpoints })).toMatchObject({ verdict: 'INTACT', unwitnessedSince: 17 })
  })

  test('proves each of its records under the key that signed last', async () => {
    for (const seq of [3, CHANGED_AT, 20]) expect(await proveRecord(ann.store, seq)).toContain(`\nindex ${seq}\n`)
  })

  test('is witnessed by a colleague whose own key has changed since', async () => {
    const bea = await rotated(town.bea)
    const { logs } = await verifyLogs([ann, bea].map(({ store }) => named(store)))
    expect(logs.map(({ verdict }) => verdict)).toEqual(['INTACT', 'INTACT'])
    expect(logs[0]?.witnesses).toContainEqual(expect.objectContaining({ by: bea.signer.name, proven: true }))
  })
})

describe('attack 16: old entries sealed with a newer key', () => {
  test('in the head note of a log that ends before the change', async () => {
    const report = await verifyLog(sourceOf(await signed(cutTo(copy, 12), ann)))
    expect([report.verdict, found(report)]).toEqual(['TAMPERED', [['HEAD_NOTE_WRONG', 12]]])
  })

  test('in the head note of a log that goes on after it, set back to a size before it', async () => {
    const report = await verifyLog(sourceOf({ ...copy, note: await noteBy(ann, 12) }))
    expect([report.verdict, found(report)]).toEqual(['TAMPERED', [['HEAD_NOTE_WRONG', 22]]])
  })

  test('in a checkpoint that is given', async () => {
    const report = await verifyLog(ann.store, { checkpoints: [await noteBy(ann, CHANGED_AT)] })
    expect([report.verdict, found(report)]).toEqual(['TAMPERED', [['CHECKPOINT_UNSIGNED', 0]]])
  })

  test('in a checkpoint that a colleague holds', async () => {
    const dan = await openDesk(DAN)
    await heldBy(dan, ann, 12)
    const { logs } = await verifyLogs([ann, dan].map(({ store }) => named(store)))
    expect(logs.map(({ verdict }) => verdict)).toEqual(['INTACT', 'TAMPERED'])
    expect(found(logs[1] as VerifyReport)).toEqual([['SEEN_UNSIGNED', 1]])
  })

  test('in a checkpoint that one of two copies of a colleague’s log holds: that copy is to blame', async () => {
    const dan = await openDesk(DAN)
    const before = sourceOf(await copyOf(dan))
    await heldBy(dan, ann, 12)
    const { logs } = await verifyLogs([named(before), named(dan.store), named(ann.store)])
    expect(logs.map((report) => found(report).map(([code]) => code))).toEqual([
      ['LOG_ROLLED_BACK'],
      ['SEEN_UNSIGNED'],
      [],
    ])
  })

  test('after they were rewritten: the old key did not sign for these', async () => {
    const bare = { ...copy, entries: copy.entries.slice(0, CHANGED_AT + 1) }
    const report = await verifyLog(sourceOf(await signed(chained(withRecord(bare, 15, backdated)), ann)))
    expect([report.verdict, found(report)]).toEqual([
      'TAMPERED',
      [
        ['CONTINUATION_WRONG', CHANGED_AT],
        ['HEAD_NOTE_WRONG', CHANGED_AT + 1],
      ],
    ])
  })
})

describe('the old key, used after the change', () => {
  test('does not sign a head note', async () => {
    const report = await verifyLog(sourceOf(await signed(copy, old)))
    expect([report.verdict, found(report)]).toEqual(['TAMPERED', [['HEAD_NOTE_WRONG', 22]]])
  })

  test('does not sign a checkpoint, be it given or held', async () => {
    const report = await verifyLog(ann.store, { checkpoints: [await noteBy(old, CHANGED_AT + 1)] })
    expect([report.verdict, found(report)]).toEqual(['TAMPERED', [['CHECKPOINT_UNSIGNED', 0]]])
    const dan = await openDesk(DAN)
    await heldBy(dan, old, 20)
    const { logs } = await verifyLogs([ann, dan].map(({ store }) => named(store)))
    expect(found(logs[1] as VerifyReport)).toEqual([['SEEN_UNSIGNED', 1]])
  })

  test('and with it the change taken back: whoever has seen the log since finds it out', async () => {
    const backed = await signed(chained({ ...copy, entries: copy.entries.toSpliced(CHANGED_AT, 1) }), old)
    const checkpoints = [await noteBy(ann, 20)]
    expect(found(await verifyLog(sourceOf(backed), { checkpoints }))).toContainEqual(['CHECKPOINT_UNSIGNED', 0])
    const { logs } = await verifyLogs([named(sourceOf(backed)), named(ann.store)])
    expect(logs.map(({ verdict }) => verdict)).toEqual(['REWRITTEN', 'FORKED'])
  })
})

describe('a change of the key by somebody who has not the key', () => {
  test('is found at its record, and their head note is no better', async () => {
    const thief = await openDesk(ann.peer)
    const forged = await forgedChange(thief)
    const report = await verifyLog(sourceOf(await signed(forged, thief)))
    expect([report.verdict, found(report)]).toEqual([
      'TAMPERED',
      [
        ['CONTINUATION_WRONG', CHANGED_AT],
        ['HEAD_NOTE_WRONG', CHANGED_AT + 1],
      ],
    ])
  })

  test('accuses none of those who hold what the log signed', async () => {
    const thief = await openDesk(ann.peer)
    const { logs } = await verifyLogs([
      named(sourceOf(await signed(await forgedChange(thief), thief))),
      named(town.cid.store),
    ])
    expect(logs.map(({ verdict }) => verdict)).toEqual(['TAMPERED', 'INTACT'])
  })

  /** Ann's log up to the change, and in its place one to the thief's key. */
  async function forgedChange(thief: Desk): Promise<Copy> {
    const before = { ...copy, entries: copy.entries.slice(0, CHANGED_AT + 1) }
    return chained(
      withRecord(before, CHANGED_AT, (record) => ({
        ...record,
        detail: { ...record.detail, key: thief.signer.vkey },
      })),
    )
  }
})

describe('what is spoilt before a change of the key', () => {
  test.each<[string, (copy: Copy) => Copy, string, [string, number]]>([
    ['is DAMAGED where it cannot be read', (it) => withLine(it, 5, '?'), 'DAMAGED', ['RECORD_UNREADABLE', 5]],
    [
      'is missing where it is missing',
      (it) => ({ ...it, entries: it.entries.toSpliced(5, 1) }),
      'INCOMPLETE',
      ['RECORDS_MISSING', 5],
    ],
    ['is TAMPERED where it was altered', (it) => withRecord(it, 15, backdated), 'TAMPERED', ['RECORD_ALTERED', 15]],
  ])('%s, and nothing else is', async (_, change, verdict, finding) => {
    const report = await verifyLog(sourceOf(change(copy)))
    expect([report.verdict, found(report)]).toEqual([verdict, [finding]])
  })

  function withLine(it: Copy, seq: number, line: string): Copy {
    return {
      ...it,
      entries: it.entries.map((entry) => (entry.seq === seq ? { ...entry, line: Buffer.from(line) } : entry)),
    }
  }
})
