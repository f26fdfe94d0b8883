import { beforeAll, describe, expect, test } from 'vitest'
import { type NamedLog, verifyLogs } from '../../src/index.ts'
import { backdated, chained, copyOf, cutTo, signed, sourceOf, withRecord } from './copy.ts'
import { ANN, BEA, CID, openDesk, openTown, originOf, say, seenOf, type Town } from './town.ts'
import { hold, holdEvidence, otherHistory } from './what-others-hold.ts'

let town: Town
beforeAll(async () => {
  town = await openTown()
})

const named = (source: NamedLog['source'], name = 'a folder'): NamedLog => ({ source, name })

test('whole logs are INTACT together, and each is witnessed by the others', async () => {
  const { ann, bea, cid } = town
  const { verdict, logs, join } = await verifyLogs([ann, bea, cid].map(({ store }) => named(store)))
  expect({ verdict, join }).toMatchObject({ verdict: 'INTACT', join: { both: 8, unconfirmed: [], absentLogs: [] } })
  expect(logs.map(({ witnessed }) => witnessed)).toMatchObject([
    { by: bea.signer.name, size: 15, proven: true },
    { by: ann.signer.name, proven: true },
    { by: ann.signer.name, proven: true },
  ])
})

describe('attack 4: a log that is not there', () => {
  test('is missed when it was expected', async () => {
    const expected = [ANN, BEA, CID].map(originOf)
    const report = await verifyLogs([named(town.ann.store), named(town.bea.store)], { expected })
    expect(report).toMatchObject({ verdict: 'INCOMPLETE', missingLogs: [originOf(CID)] })
    expect(report.join.absentLogs).toEqual([CID])
  })
})

describe('attack 6: two histories', () => {
  test('a backup that was restored and continued, and the log that went on', async () => {
    const { ann } = await openTown()
    const copy = await copyOf(ann)
    const other = await signed(chained(withRecord(copy, 9, backdated)), ann)
    const report = await verifyLogs([named(sourceOf(other), 'the backup'), named(ann.store, 'the desk')])
    expect(report.verdict).toBe('FORKED')
    for (const { findings } of report.logs) expect(findings[0]).toMatchObject({ code: 'LOG_FORKED', seq: 9 })
  })

  test('an older copy of the same history is ROLLED BACK, and no fork', async () => {
    const { ann } = town
    const older = sourceOf(await signed(cutTo(await copyOf(ann), 12), ann))
    const { logs } = await verifyLogs([named(older), named(ann.store)])
    expect(logs.map(({ verdict }) => verdict)).toEqual(['ROLLED_BACK', 'INTACT'])
  })

  test('a split view: two colleagues hold two roots of one size', async () => {
    const { ann, bea, cid } = await openTown()
    const shown = await seenOf(ann)
    await hold(bea, shown)
    await hold(cid, await otherHistory(ann, shown[1]))
    const { logs } = await verifyLogs([ann, bea, cid].map(({ store }) => named(store)))
    expect(logs.map(({ verdict }) => verdict)).toEqual(['FORKED', 'INTACT', 'INTACT'])
    expect(logs[0]?.findings[0]).toMatchObject({ code: 'LOG_FORKED', text: expect.stringContaining(cid.signer.name) })
  })

  test('a split view: one colleague holds both roots, and agreed with less', async () => {
    const { ann, bea } = await openTown()
    const shown = await seenOf(ann)
    await hold(bea, shown)
    await hold(bea, await otherHistory(ann, shown[1]))
    const { logs } = await verifyLogs([ann, bea].map(({ store }) => named(store)))
    expect(logs[0]?.findings).toMatchObject([{ code: 'LOG_FORKED', seq: 15 }])
  })

  test('evidence that a colleague put on record', async () => {
    const { ann, bea } = await openTown()
    await holdEvidence(bea, ann)
    const { logs } = await verifyLogs([ann, bea].map(({ store }) => named(store)))
    expect(logs.map(({ verdict }) => verdict)).toEqual(['FORKED', 'INTACT'])
  })
})

describe('attack 9: a message that arrived and is not on record', () => {
  test('is proved by the receipt, also when the receiver has its key sign another log', async () => {
    const { ann, bea } = await openTown()
    await say(ann, bea, 'This never came, did it?')
    await say(ann, bea, 'Another.')
    const copy = await copyOf(bea)
    const at = copy.entries.length - 2
    const without = await signed(chained({ ...copy, entries: copy.entries.toSpliced(at, 1) }), bea)
    const { logs, join } = await verifyLogs([named(ann.store), named(sourceOf(without))])
    expect(logs.map(({ verdict }) => verdict)).toEqual(['INTACT', 'FORKED'])
    expect(logs[1]?.findings[0]).toMatchObject({ code: 'LOG_FORKED', text: expect.stringContaining(ann.signer.name) })
    expect(join.provedMissingAtReceiver.length).toBeGreaterThan(0)
  })

  test('without a receipt is unconfirmed, and nobody is accused', async () => {
    const { ann, bea } = await openTown()
    await say(ann, bea, 'Lost on the way.', { lost: 'message' })
    await say(ann, bea, 'Its receipt was lost.', { lost: 'receipt' })
    const { verdict, join } = await verifyLogs([ann, bea].map(({ store }) => named(store)))
    expect({ verdict, join }).toMatchObject({ verdict: 'INTACT', join: { unconfirmed: [{ receivedSeq: undefined }] } })
  })
})

test('a checkpoint of a colleague that their key did not sign is held against who holds it', async () => {
  const { ann, bea } = await openTown()
  const [origin, size, root] = await seenOf(ann)
  await hold(bea, [origin, size, root, '00'.repeat(64)])
  const { logs } = await verifyLogs([ann, bea].map(({ store }) => named(store)))
  const seq = (await bea.log.head()).size - 1
  expect(logs.map(({ verdict }) => verdict)).toEqual(['INTACT', 'TAMPERED'])
  expect(logs[1]?.findings).toMatchObject([{ code: 'SEEN_UNSIGNED', seq }])
})

test('what one copy of a log holds is not held against another copy', async () => {
  const { ann, bea } = await openTown()
  const before = sourceOf(await copyOf(bea))
  const [origin, size, root] = await seenOf(ann)
  await hold(bea, [origin, size, root, '00'.repeat(64)])
  const { logs } = await verifyLogs([named(before), named(bea.store), named(ann.store)])
  expect(logs.map(({ findings }) => findings.map(({ code }) => code))).toEqual([
    ['LOG_ROLLED_BACK'],
    ['SEEN_UNSIGNED'],
    [],
  ])
})

test('a log begun anew under another key is doubted where all that others hold of it is unsigned', async () => {
  const other = await openDesk(ANN)
  const { logs } = await verifyLogs([named(other.store), named(town.bea.store)])
  expect(logs[0]?.remarks).toMatchObject([{ code: 'KEY_DOUBTED', seq: 0 }])
  expect(logs[1]?.findings[0]?.code).toBe('SEEN_UNSIGNED')
})

test('a checkpoint that is of none of the logs is told', async () => {
  const checkpoints = [(await town.cid.store.headNote()) as Uint8Array]
  const report = await verifyLogs([named(town.ann.store)], { checkpoints })
  expect(report.strayCheckpoints).toEqual([originOf(CID)])
})
