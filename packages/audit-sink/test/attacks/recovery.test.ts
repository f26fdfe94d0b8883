import { beforeAll, describe, expect, test } from 'vitest'
import { type NamedLog, type VerifyLogsOptions, type VerifyReport, verifyLog, verifyLogs } from '../../src/index.ts'
import { backdated, chained, type Copy, copyOf, cutTo, signed, sourceOf, storeOf, withRecord } from './copy.ts'
import { type Desk, DIRECTOR, openTown, recovered, recoveredUnderOneKey, rotated, say, type Town } from './town.ts'
import { holdEvidenceOfLoss } from './what-others-hold.ts'

/*
 * A backup of Ann's log was put back: 10 records of 16. A director lets it go on, and she and Bea write more than she had.
 */
const KEPT = 10
const KNOWN = { directors: [DIRECTOR.vkey] }

let town: Town
let dead: Copy
let ann: Desk

beforeAll(async () => {
  ;({ town, dead, ann } = await wentOn())
})

async function wentOn(
  recover = async (desk: Desk, left: Copy): Promise<Desk> => recovered(desk, await storeOf(left)),
): Promise<{ town: Town; dead: Copy; ann: Desk }> {
  const town = await openTown()
  const dead = await copyOf(town.ann)
  const ann = await recover(town.ann, cutTo(dead, KEPT))
  for (const text of ['Sorry, I have lost some.', 'Which?', 'The last six.', 'I have them.'])
    await say(ann, town.bea, text)
  return { town, dead, ann }
}

const named = (source: NamedLog['source'], name = 'a folder'): NamedLog => ({ source, name })
const found = ({ findings }: VerifyReport): [string, number][] => findings.map(({ code, seq }) => [code, seq])

async function together(desks: readonly Desk[], options?: VerifyLogsOptions): Promise<[string, [string, number][]][]> {
  const { logs } = await verifyLogs(
    desks.map(({ store }) => named(store)),
    options,
  )
  return logs.map((report) => [report.verdict, found(report)])
}

describe('a log that a director let go on', () => {
  test('has lost records, to whoever knows the director, and nothing worse', async () => {
    const report = await verifyLog(ann.store, KNOWN)
    expect([report.verdict, found(report)]).toEqual(['INCOMPLETE', [['RECORDS_LOST', KEPT]]])
    expect(report.findings[0]?.text).toContain('the former records 10 to 15 are lost')
    expect(report.remarks).toMatchObject([
      {
        code: 'LOG_CONTINUED',
        seq: KEPT,
        text: expect.stringContaining(`${DIRECTOR.vkey}, a director who is known here`),
      },
    ])
    expect(report.headNoteSize).toBe((await ann.log.head()).size)
  })

  test('so it has with colleagues who hold what was lost, and they stay as they are', async () => {
    const [own, ...others] = await together([ann, town.bea, town.cid], KNOWN)
    expect(own).toEqual(['INCOMPLETE', [['RECORDS_LOST', KEPT]]])
    expect(others).toEqual([
      ['INTACT', []],
      ['INTACT', []],
    ])
  })

  test('to whoever does not know the director is what it would be without, and that is said', async () => {
    const report = await verifyLog(ann.store)
    expect(report.verdict).toBe('TAMPERED')
    expect(found(report)).toContainEqual(['HEAD_NOTE_WRONG', (await ann.log.head()).size])
    expect(report.notProven.join()).toContain(`whether ${DIRECTOR.vkey}, who signed for that, is a director`)
    const [own, ...others] = await together([ann, town.bea, town.cid])
    expect(own?.[0]).toBe('REWRITTEN')
    expect(others.map(([verdict]) => verdict)).toEqual(['INTACT', 'INTACT'])
  })

  test('is RECORDS LOST by a checkpoint kept elsewhere, also where its director knew of none', async () => {
    const { ann: other, dead: lost } = await wentOn(async (desk, left) =>
      recovered(desk, await storeOf({ ...left, note: Buffer.from('hello\n') })),
    )
    expect(await verifyLog(other.store, KNOWN)).toMatchObject({ verdict: 'INTACT' })
    const checkpoints = [lost.note as Uint8Array]
    const report = await verifyLog(other.store, { ...KNOWN, checkpoints })
    expect([report.verdict, found(report)]).toEqual(['INCOMPLETE', [['RECORDS_LOST', KEPT]]])
    expect((await verifyLog(other.store, { checkpoints })).verdict).toBe('REWRITTEN')
  })

  test('explains nothing of the records that it kept', async () => {
    const rewritten = await signed(chained(withRecord(cutTo(dead, 12), 6, backdated)), town.ann)
    const checkpoints = [rewritten.note as Uint8Array]
    const early = await signed(chained(withRecord(cutTo(dead, KEPT), 6, backdated)), town.ann)
    expect((await verifyLog(ann.store, { ...KNOWN, checkpoints })).verdict).toBe('INCOMPLETE')
    const report = await verifyLog(ann.store, { ...KNOWN, checkpoints: [early.note as Uint8Array] })
    expect(report.verdict).toBe('REWRITTEN')
  })

  test('and that was forked since is FORKED: the key is another', async () => {
    const copy = await copyOf(ann)
    const fork = await signed(chained(withRecord(copy, copy.entries.length - 1, backdated)), ann)
    const { logs } = await verifyLogs([named(ann.store), named(sourceOf(fork))], KNOWN)
    expect(logs.map(({ verdict }) => verdict)).toEqual(['FORKED', 'FORKED'])
  })

  test('beside the copy that was lost, and is found again, is no fork', async () => {
    const { logs } = await verifyLogs([named(ann.store), named(sourceOf(dead))], KNOWN)
    expect(logs.map((report) => [report.verdict, found(report)])).toEqual([
      ['INCOMPLETE', [['RECORDS_LOST', KEPT]]],
      ['INCOMPLETE', [['RECORDS_LOST', KEPT]]],
    ])
    const unknown = await verifyLogs([named(ann.store), named(sourceOf(dead))])
    expect(unknown.verdict).toBe('FORKED')
  })

  test('beside the copy that was lost, and a colleague who holds what came after, is no fork', async () => {
    const { logs } = await verifyLogs([named(sourceOf(dead)), named(ann.store), named(town.bea.store)], KNOWN)
    expect(logs.map((report) => [report.verdict, found(report)])).toEqual([
      ['INCOMPLETE', [['RECORDS_LOST', KEPT]]],
      ['INCOMPLETE', [['RECORDS_LOST', KEPT]]],
      ['INTACT', []],
    ])
  })

  test('twice in one place is FORKED, although a director signed for both', async () => {
    const other = await recovered(town.ann, await storeOf(cutTo(dead, KEPT)))
    const { logs } = await verifyLogs([named(ann.store), named(other.store)], KNOWN)
    expect(found(logs[0] as VerifyReport)).toContainEqual(['LOG_FORKED', KEPT])
  })

  test('may be let go on again, and may have its key changed', async () => {
    const { ann: twice } = await wentOn(async (desk, left) => {
      const once = await rotated(await recovered(desk, await storeOf(left)))
      await once.log.append([{ kind: 'roster', actor: once.peer }])
      const again = cutTo(await copyOf(once), KEPT + 2)
      return recovered(once, await storeOf(again))
    })
    const report = await verifyLog(twice.store, KNOWN)
    expect(found(report)).toEqual([
      ['RECORDS_LOST', KEPT],
      ['RECORDS_LOST', KEPT + 2],
    ])
    expect(await twice.store.continuations()).toEqual([KEPT, KEPT + 1, KEPT + 2])
  })
})

describe('under the key that it had', () => {
  let same: Awaited<ReturnType<typeof wentOn>>
  beforeAll(async () => {
    same = await wentOn(async (desk, left) => recoveredUnderOneKey(desk, await storeOf(left)))
  })

  test('it has lost records, and nothing worse, alone and with colleagues', async () => {
    expect(found(await verifyLog(same.ann.store, KNOWN))).toEqual([['RECORDS_LOST', KEPT]])
    const all = await together([same.ann, same.town.bea, same.town.cid], KNOWN)
    expect(all.map(([verdict]) => verdict)).toEqual(['INCOMPLETE', 'INTACT', 'INTACT'])
  })

  test('without the director known it is REWRITTEN to whoever holds what was lost', async () => {
    const all = await together([same.ann, same.town.bea, same.town.cid])
    expect(all.map(([verdict]) => verdict)).toEqual(['REWRITTEN', 'INTACT', 'INTACT'])
  })

  test('what a colleague took for evidence of two histories is of the lost one', async () => {
    const { cid } = same.town
    await holdEvidenceOfLoss(cid, same.ann, same.dead)
    expect((await together([same.ann, cid], KNOWN))[0]).toEqual([
      'INCOMPLETE',
      [
        ['RECORDS_LOST', KEPT],
        ['RECORDS_LOST', KEPT],
      ],
    ])
    expect((await together([same.ann, cid]))[0]?.[0]).toBe('FORKED')
  })
})

describe('a recovery that no director signed', () => {
  test('although it names one: it is found at its record', async () => {
    const left = await copyOf(ann)
    const forged = withRecord({ ...left, entries: left.entries.slice(0, KEPT + 1) }, KEPT, (record) => ({
      ...record,
      reason: 'all is well',
    }))
    const report = await verifyLog(sourceOf(await signed(chained(forged), town.ann)), KNOWN)
    expect([report.verdict, found(report)]).toEqual(['TAMPERED', [['CONTINUATION_WRONG', KEPT]]])
  })

  test('but a stranger: the thief’s key signs for nothing', async () => {
    const stranger = town.cid.signer
    const { ann: thief, town: other } = await wentOn(async (desk, left) =>
      recovered(desk, await storeOf(left), { director: stranger }),
    )
    const report = await verifyLog(thief.store, KNOWN)
    expect(found(report)).toContainEqual(['HEAD_NOTE_WRONG', (await thief.log.head()).size])
    expect((await together([thief, other.bea], KNOWN))[0]?.[0]).toBe('REWRITTEN')
  })
})

test('what is given for a director and is no verifier key of one is refused', async () => {
  for (const key of ['Dee', town.bea.witnessKey]) {
    await expect(verifyLog(ann.store, { directors: [key] })).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
  }
})

describe('between the record of a recovery and its head note', () => {
  test('the note that was found is not looked at, by whoever knows the director', async () => {
    const copy = cutTo({ ...(await copyOf(ann)), note: dead.note }, KEPT + 1)
    expect(found(await verifyLog(sourceOf(copy), KNOWN))).toEqual([['RECORDS_LOST', KEPT]])
    expect(found(await verifyLog(sourceOf({ ...copy, note: undefined }), KNOWN))).toEqual([['RECORDS_LOST', KEPT]])
    const later = { ...(await copyOf(ann)), note: dead.note }
    expect(found(await verifyLog(sourceOf(later), KNOWN)).map(([code]) => code)).toContain('HEAD_NOTE_WRONG')
  })
})
