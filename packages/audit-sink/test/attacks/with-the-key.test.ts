import { beforeAll, describe, expect, test } from 'vitest'
import { joinLogs, type LogSource, type StoredEntry, verifyLog, verifyLogs } from '../../src/index.ts'
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
} from './copy.ts'
import { type Desk, openDesk, openTown, type Town } from './town.ts'

/*
 * The thief has the log key and can write every file of Ann's: all fits together again, the head note included. What
 * gives them away is held by others.
 */
let town: Town
let copy: Copy
beforeAll(async () => {
  town = await openTown()
  copy = await copyOf(town.ann)
})

const named = (source: LogSource, name = 'a folder'): { source: LogSource; name: string } => ({ source, name })

async function rewritten(seq: number): Promise<Copy> {
  return signed(chained(withoutCosignatures(withRecord(copy, seq, backdated), seq)), town.ann)
}

async function noteOf({ store }: Desk): Promise<Uint8Array> {
  return (await store.headNote()) as Uint8Array
}

describe('attacks 1, 2, 5 and 13: a log rewritten with its key', () => {
  test('is found by a cosignature that was left in it, from the last size on that was right', async () => {
    const changed = await signed(chained(withRecord(copy, 9, backdated)), town.ann)
    expect(await verifyLog(sourceOf(changed))).toMatchObject({
      verdict: 'REWRITTEN',
      findings: [{ code: 'LOG_REWRITTEN', seq: 9 }],
    })
  })

  test('is INTACT to whoever has nothing else, and says that nobody has seen it', async () => {
    const report = await verifyLog(sourceOf(await rewritten(1)))
    expect(report).toMatchObject({ verdict: 'INTACT', unwitnessedSince: 0, witnesses: [] })
    expect(report.notProven[0]).toContain('nobody else is known to have seen it')
  })

  test('is found by a checkpoint kept elsewhere', async () => {
    const early = await noteAfter(8)
    expect(await verifyLog(sourceOf(await rewritten(1)), { checkpoints: [early] })).toMatchObject({
      verdict: 'REWRITTEN',
      findings: [{ code: 'LOG_REWRITTEN', seq: 0 }],
    })
    expect(await verifyLog(sourceOf(await rewritten(9)), { checkpoints: [early] })).toMatchObject({
      verdict: 'INTACT',
      unwitnessedSince: 8,
    })
  })

  test('is FORKED where two signed checkpoints of one size are there', async () => {
    const checkpoints = [await noteOf(town.ann)]
    expect(await verifyLog(sourceOf(await rewritten(1)), { checkpoints })).toMatchObject({
      verdict: 'FORKED',
      findings: [{ code: 'LOG_FORKED', seq: 0 }],
    })
  })

  test('is found by what colleagues hold, who stay as they are', async () => {
    const { bea, cid } = town
    const { verdict, logs } = await verifyLogs([
      named(sourceOf(await rewritten(9))),
      named(bea.store),
      named(cid.store),
    ])
    expect(verdict).toBe('REWRITTEN')
    expect(logs.map((log) => log.verdict)).toEqual(['REWRITTEN', 'INTACT', 'INTACT'])
    expect(logs[0]?.findings).toMatchObject([
      { code: 'LOG_REWRITTEN', seq: 9, text: expect.stringContaining(bea.signer.name) },
    ])
  })

  test('with a record put in where the log was long signed for is REWRITTEN from there on', async () => {
    const roster = copy.entries[6] as StoredEntry
    const changed = await signed(chained({ ...copy, entries: copy.entries.toSpliced(7, 0, roster) }), town.ann)
    expect(await verifyLog(sourceOf(changed))).toMatchObject({ findings: [{ code: 'LOG_REWRITTEN', seq: 5 }] })
  })

  test('and begun anew under another key is found by the checkpoint that the old key signed', async () => {
    const other = await openDesk(town.ann.peer)
    const checkpoints = [await noteOf(town.ann)]
    const { findings, verdict } = await verifyLog(other.store, { checkpoints })
    expect({ verdict, findings }).toMatchObject({ verdict: 'TAMPERED', findings: [{ code: 'CHECKPOINT_UNSIGNED' }] })
    expect(await verifyLog(other.store, { checkpoints, key: town.ann.signer.vkey })).toMatchObject({
      verdict: 'ROLLED_BACK',
    })
  })
})

describe('attack 8: a message received is put on record again, and all that follows signed anew', () => {
  const repeatedAt = async (at: number): Promise<LogSource> => {
    const bare = withoutCosignatures(copy, at)
    const entries = bare.entries.toSpliced(at, 0, again(copy, 3, at))
    return sourceOf(await signed(chained({ ...bare, entries }), town.ann))
  }

  test('is found in the log alone', async () => {
    expect(await verifyLog(await repeatedAt(9))).toMatchObject({
      verdict: 'TAMPERED',
      findings: [{ code: 'MESSAGE_REPEATED', seq: 9 }],
    })
  })

  test('is found where the logs are joined, and is one message all the same', async () => {
    const join = await joinLogs([await repeatedAt(16), town.bea.store, town.cid.store])
    expect(join).toMatchObject({ both: 8, repeated: [{ to: town.ann.peer, firstSeq: 3, seq: 16 }] })
    const report = await verifyLogs([named(await repeatedAt(16)), named(town.bea.store)])
    expect(report.logs.map(({ verdict }) => verdict)).toEqual(['TAMPERED', 'INTACT'])
    expect(report.logs[0]?.findings).toMatchObject([{ code: 'MESSAGE_REPEATED', seq: 16 }])
  })

  test('is no repeat where two copies of one log are joined', async () => {
    expect((await joinLogs([sourceOf(copy), town.ann.store])).repeated).toEqual([])
  })
})

/** The head note of Ann's log as it was with so many records: signed again, to the same bytes. */
async function noteAfter(size: number): Promise<Uint8Array> {
  return (await signed(cutTo(copy, size), town.ann)).note as Uint8Array
}

describe('attack 3: the end cut off, and the head note signed anew', () => {
  test('is INTACT alone', async () => {
    expect(await verifyLog(sourceOf(await signed(cutTo(copy, 10), town.ann)))).toMatchObject({ verdict: 'INTACT' })
  })

  test('is found by a checkpoint kept elsewhere', async () => {
    const cut = sourceOf(await signed(cutTo(copy, 10), town.ann))
    expect(await verifyLog(cut, { checkpoints: [await noteOf(town.ann)] })).toMatchObject({
      verdict: 'ROLLED_BACK',
      findings: [{ code: 'LOG_ROLLED_BACK', seq: 10 }],
    })
  })

  test('is found by what a colleague has seen', async () => {
    const { logs } = await verifyLogs([named(sourceOf(await signed(cutTo(copy, 10), town.ann))), named(town.bea.store)])
    expect(logs.map(({ verdict }) => verdict)).toEqual(['ROLLED_BACK', 'INTACT'])
    expect(logs[0]?.findings).toMatchObject([{ code: 'LOG_ROLLED_BACK', seq: 10 }])
  })
})
