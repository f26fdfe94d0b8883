import { beforeAll, describe, expect, test } from 'vitest'
import { type FindingCode, FINDING_VERDICTS, parseRecord, type StoredEntry, verifyLog } from '../../src/index.ts'
import { again, backdated, chained, type Copy, copyOf, cutTo, signed, sourceOf, withRecord } from './copy.ts'
import { openDesk, openTown, type Town } from './town.ts'

let town: Town
let copy: Copy
beforeAll(async () => {
  town = await openTown()
  copy = await copyOf(town.ann)
})

async function expectFinding(changed: Copy, code: FindingCode, seq: number): Promise<void> {
  const { verdict, findings } = await verifyLog(sourceOf(changed))
  expect(findings[0]).toMatchObject({ code, seq })
  expect(verdict).toBe(FINDING_VERDICTS[code])
}

const withEntries = (change: (entries: StoredEntry[]) => StoredEntry[]): Copy => ({
  ...copy,
  entries: change([...copy.entries]),
})

test('the log that nobody touched is INTACT, and says from where on it has no witness', async () => {
  const report = await verifyLog(sourceOf(copy))
  expect(report).toMatchObject({ verdict: 'INTACT', findings: [], remarks: [], size: 16, headNoteSize: 16 })
  expect(report).toMatchObject({ witnessed: undefined, unwitnessedSince: 0 })
  const { bea, cid } = town
  const known = await verifyLog(sourceOf(copy), { witnesses: [bea.witnessKey, cid.signer.vkey] })
  expect(known.witnesses).toMatchObject([
    { by: bea.signer.name, size: 13, proven: true },
    { by: cid.signer.name, size: 5, proven: true },
  ])
  expect(known).toMatchObject({ verdict: 'INTACT', witnessed: { by: bea.signer.name }, unwitnessedSince: 13 })
})

describe('attack 1: an edit', () => {
  test.each([0, 1, 5, 14, 15])('of record %i', async (seq) => {
    await expectFinding(withRecord(copy, seq, backdated), 'RECORD_ALTERED', seq)
  })

  test('of a text', async () => {
    const changed = withEntries((entries) =>
      entries.map((entry) =>
        entry.seq === 4
          ? { ...entry, payloads: entry.payloads.map((each) => ({ ...each, bytes: Buffer.from('No.') })) }
          : entry,
      ),
    )
    await expectFinding(changed, 'PAYLOAD_ALTERED', 4)
  })

  test('of the last record and the head with it, which the head note tells', async () => {
    const changed = chained(withRecord(copy, 15, backdated))
    await expectFinding(changed, 'LOG_REWRITTEN', 13)
  })

  test('of the head alone is not blamed on the last record, whose hash was signed', async () => {
    await expectFinding({ ...copy, head: { size: 16, leaf: '00'.repeat(32) } }, 'HEAD_MISMATCH', 15)
  })
})

describe('attack 2: records in other places', () => {
  const record = (seq: number): StoredEntry => copy.entries[seq] as StoredEntry
  test.each<[string, (entries: StoredEntry[]) => StoredEntry[], FindingCode, number]>([
    ['one taken out', (entries) => entries.toSpliced(6, 1), 'RECORDS_MISSING', 6],
    ['some taken out', (entries) => entries.toSpliced(3, 5), 'RECORDS_MISSING', 3],
    ['one put in', (entries) => numbered(entries.toSpliced(7, 0, record(3))), 'RECORD_MISPLACED', 7],
    ['one twice', (entries) => numbered(entries.toSpliced(9, 0, record(8))), 'RECORD_MISPLACED', 9],
    ['two exchanged', (entries) => numbered(entries.toSpliced(4, 2, record(5), record(4))), 'RECORD_MISPLACED', 4],
  ])('%s', async (_, change, code, seq) => {
    await expectFinding(withEntries(change), code, seq)
  })

  test('one taken out and all numbered and chained again, which a cosignature tells', async () => {
    await expectFinding(chained(withEntries((entries) => entries.toSpliced(6, 1))), 'LOG_REWRITTEN', 5)
  })
})

function numbered(entries: StoredEntry[]): StoredEntry[] {
  return entries.map((entry, seq) => ({ ...entry, seq }))
}

describe('attacks 3 and 4: the end cut off, or all', () => {
  test.each([15, 8, 1])('all from record %i on, as a restored backup has it', async (size) => {
    await expectFinding(cutTo(copy, size), 'LOG_ROLLED_BACK', size)
  })

  test('all, but for the head note', async () => {
    const { verdict, findings } = await verifyLog(sourceOf({ entries: [], head: undefined, note: copy.note }))
    expect(verdict).toBe('ROLLED_BACK')
    expect(findings.find(({ code }) => code === 'LOG_ROLLED_BACK')).toMatchObject({ seq: 0 })
  })

  test('a store that has lost its end and knows it is INCOMPLETE, not rolled back', async () => {
    await expectFinding({ ...cutTo(copy, 8), head: copy.head }, 'RECORDS_MISSING', 8)
  })
})

describe('attack 7: clocks', () => {
  test('a monotonic clock that goes back in one boot is a finding', async () => {
    const changed = chained(withRecord(copy, 9, (record) => ({ ...record, mono: 0 })))
    const { findings } = await verifyLog(sourceOf(await signed(changed, town.ann)))
    expect(findings).toContainEqual(expect.objectContaining({ code: 'CLOCK_REVERSED', seq: 9 }))
  })

  test('a clock on the wall that somebody set back is a remark', async () => {
    const desk = await openDesk(town.ann.peer)
    const note = { kind: 'roster', actor: desk.peer } as const
    await desk.log.append([note])
    desk.clock.wallMs -= 3_600_000
    await desk.log.append([note])
    const { verdict, remarks } = await verifyLog(desk.store)
    expect({ verdict, remarks }).toMatchObject({
      verdict: 'INTACT',
      remarks: [{ code: 'WALL_CLOCK_REVERSED', seq: 2, text: expect.stringContaining('60 minutes') }],
    })
  })
})

describe('attack 8: a message received is put on record again', () => {
  test('after the end, where the head note says nothing yet', async () => {
    const repeated = withEntries((entries) => [...entries, again(copy, 3, 16)])
    await expectFinding(chained(repeated), 'MESSAGE_REPEATED', 16)
  })

  test('some, each of which is named, with its texts or without', async () => {
    const repeated = [14, 3, 14].map((seq) => ({ ...again(copy, seq, 16), payloads: [] }))
    const { verdict, findings } = await verifyLog(sourceOf(chained(withEntries((all) => [...all, ...repeated]))))
    const found = findings.filter(({ code }) => code === 'MESSAGE_REPEATED')
    expect({ verdict, seqs: found.map(({ seq }) => seq) }).toEqual({ verdict: 'TAMPERED', seqs: [16, 17, 18] })
    expect(found.map(({ text }) => /record (\d+) has/.exec(text)?.[1])).toEqual(['14', '3', '14'])
  })
})

describe('attack 12: bit rot is DAMAGED, not TAMPERED', () => {
  test('a line that is no record', async () => {
    const spoilt = (entry: StoredEntry): StoredEntry => ({ ...entry, line: entry.line.slice(0, 40) })
    const changed = withEntries((entries) => entries.map((entry) => (entry.seq === 7 ? spoilt(entry) : entry)))
    await expectFinding(changed, 'RECORD_UNREADABLE', 7)
  })

  test('a store that fails in the middle, of which nothing more is said', async () => {
    const source = {
      ...sourceOf(copy),
      async *read() {
        yield copy.entries.slice(0, 5)
        throw new Error('I/O error')
      },
    }
    const { verdict, findings } = await verifyLog(source)
    expect({ verdict, findings }).toMatchObject({ verdict: 'DAMAGED', findings: [{ code: 'LOG_UNREADABLE', seq: 5 }] })
  })
})

describe('attack 14: a text removed', () => {
  const without = (seq: number): Copy =>
    withEntries((entries) => entries.map((entry) => (entry.seq === seq ? { ...entry, payloads: [] } : entry)))

  test('without a word', async () => {
    await expectFinding(without(8), 'PAYLOAD_MISSING', 8)
  })

  test('on record is INTACT; and is not held against the log while the record that says so is spoilt', async () => {
    const { ann } = await openTown()
    const entry = { kind: 'redact', actor: ann.peer, ref: 8, detail: { label: 'text' }, reason: 'asked to' } as const
    await ann.log.append([entry])
    const erased = await copyOf(ann)
    erased.entries = erased.entries.map((each) => (each.seq === 8 ? { ...each, payloads: [] } : each))
    expect(await verifyLog(sourceOf(erased))).toMatchObject({ verdict: 'INTACT', payloadsErased: 1 })
    const spoilt = withRecord(erased, 16, (record) => ({ ...record, ref: 4 }))
    const { findings, remarks } = await verifyLog(sourceOf(spoilt))
    expect(findings).toMatchObject([{ code: 'RECORD_ALTERED', seq: 16 }])
    expect(remarks).toMatchObject([{ code: 'ERASURE_UNCLEAR' }])
  })
})

describe('attack 15: what was signed taken away', () => {
  test('the head note', async () => {
    await expectFinding({ ...copy, note: undefined }, 'HEAD_NOTE_MISSING', 16)
  })

  test('but a log of its genesis alone may not have got one yet', async () => {
    expect(await verifyLog(sourceOf({ ...cutTo(copy, 1), note: undefined }))).toMatchObject({ verdict: 'INTACT' })
  })

  test('the head note signed by another key', async () => {
    const { signer } = await openDesk(town.ann.peer)
    await expectFinding(await signed(copy, { ...town.ann, signer }), 'HEAD_NOTE_WRONG', 16)
  })

  test('what a record had seen of a colleague', async () => {
    const bare = withRecord(copy, 9, ({ seen: _, ...record }) => record)
    await expectFinding(bare, 'RECORD_ALTERED', 9)
  })

  test('a cosignature', async () => {
    const changed = withEntries((entries) =>
      entries.map((entry) => ({
        ...entry,
        payloads: entry.payloads.filter(({ label }) => entry.seq !== 5 || label !== 'cosignature'),
      })),
    )
    await expectFinding(changed, 'PAYLOAD_MISSING', 5)
  })

  test('the version lowered', async () => {
    const line = Buffer.from(copy.entries[6]?.line ?? [])
      .toString()
      .replace('"v":1}', '"v":0}')
    const changed = withEntries((entries) =>
      entries.map((entry) => (entry.seq === 6 ? { ...entry, line: Buffer.from(line) } : entry)),
    )
    await expectFinding(changed, 'RECORD_UNREADABLE', 6)
    expect(() => parseRecord(Buffer.from(line))).toThrow()
  })
})

describe('attack 17: what could not be checked is never INTACT', () => {
  test('a log that cannot be read at all', async () => {
    const source = { ...sourceOf(copy), head: async () => Promise.reject(new Error('no such device')) }
    expect(await verifyLog(source)).toMatchObject({
      verdict: 'DAMAGED',
      findings: [{ code: 'LOG_UNREADABLE', seq: 0 }],
    })
  })

  test.each([
    ['of another name', (): string => town.bea.signer.vkey],
    ['none', (): string => 'key'],
    ['for cosignatures', (): string => town.ann.witnessKey],
  ])('a log whose genesis names a key that is %s', async (_, key) => {
    const misnamed = chained(
      withRecord(copy, 0, ({ detail, ...rest }) => ({ ...rest, detail: { ...detail, key: key() } })),
    )
    const { findings } = await verifyLog(sourceOf(misnamed))
    expect(findings[0]).toMatchObject({ code: 'GENESIS_WRONG', seq: 0 })
  })

  test('a log that is another than expected', async () => {
    for (const expected of [{ origin: town.bea.signer.name }, { key: town.bea.signer.vkey }]) {
      const { findings } = await verifyLog(sourceOf(copy), expected)
      expect(findings).toMatchObject([{ code: 'GENESIS_WRONG', seq: 0 }])
    }
  })
})
