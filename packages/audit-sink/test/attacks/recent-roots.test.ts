import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { verifyLog } from '../../src/index.ts'
import { TreeEdge } from '../../src/tlog/tree.ts'
import { parseInclusionFile, verifyInclusionFile } from '../../src/tlog/proof-file.ts'
import { proveRecord } from '../../src/verify/prove-record.ts'
import { RecentRoots } from '../../src/verify/recent-roots.ts'
import { backdated, chained, copyOf, cutTo, signed, sourceOf, withRecord } from './copy.ts'
import { cosignatureOf, openTown, say, seenOf } from './town.ts'
import { otherHistory } from './what-others-hold.ts'

test('a verifier knows the root at each of the last 16,384 sizes, and forgets older ones', () => {
  const [recent, edge] = [new RecentRoots(), new TreeEdge()]
  const roots = [edge.root()]
  expect(recent.root()).toBe(roots[0])
  for (let n = 0; n < 18_000; n++) {
    const leaf = hash('sha256', String(n), 'hex')
    recent.append(leaf)
    edge.append(leaf)
    roots.push(edge.root())
  }
  for (let size = 18_000 - 16_384; size <= 18_000; size += 61) expect(recent.root(size)).toBe(roots[size])
  expect([recent.root(1_000), recent.root(18_001)]).toEqual([undefined, undefined])
})

test('a cosignature that came too late to be compared proves nothing, and that is said', async () => {
  const { ann, bea } = await openTown()
  const sent = await say(ann, bea, 'Early.')
  const early = await seenOf(ann)
  const many = Array.from({ length: 200 }, () => ({ kind: 'roster', actor: ann.peer }) as const)
  for (let n = 0; n < 85; n++) await ann.log.append(many)
  const told = { actor: ann.peer, peers: [bea.peer], message: sent.leaf, ref: sent.seq } as const
  const payloads = [await cosignatureOf(bea, early)]
  await ann.log.append([{ ...told, kind: 'outcome', detail: { result: 'delivered' }, payloads }])
  const report = await verifyLog(ann.store, { witnesses: [bea.witnessKey] })
  expect(report).toMatchObject({ verdict: 'INTACT', remarks: [{ code: 'COSIGNATURE_LATE' }] })
  expect(report.witnessed?.size).toBeLessThan(early[1])
})

test('a cosignature of another history is found however late it came, from the largest size on that agreed', async () => {
  const { ann, bea } = await openTown()
  const payloads = [await cosignatureOf(bea, await otherHistory(ann, 8))]
  const told = { actor: ann.peer, peers: [bea.peer], message: 'ab'.repeat(32), ref: 1 } as const
  await ann.log.append([{ ...told, kind: 'outcome', detail: { result: 'delivered' }, payloads }])
  expect((await verifyLog(ann.store)).findings).toMatchObject([{ code: 'LOG_REWRITTEN', seq: 5 }])
})

test('a cosignature that its witness did not make is a finding', async () => {
  const { ann, bea, cid } = await openTown()
  const forged = await cosignatureOf({ ...bea, log: cid.log }, await seenOf(ann))
  const told = { actor: ann.peer, peers: [bea.peer], message: 'ab'.repeat(32), ref: 1 } as const
  await ann.log.append([{ ...told, kind: 'outcome', detail: { result: 'delivered' }, payloads: [forged] }])
  expect(await verifyLog(ann.store)).toMatchObject({ verdict: 'INTACT', unwitnessedSince: 0 })
  expect(await verifyLog(ann.store, { witnesses: [bea.witnessKey] })).toMatchObject({
    verdict: 'TAMPERED',
    findings: [{ code: 'COSIGNATURE_WRONG', seq: 16 }],
  })
})

test('any record is proved under the head note, and none of a log that is not what was signed', async () => {
  const { ann } = await openTown()
  const copy = await copyOf(ann)
  for (const seq of [0, 6, 15]) {
    const file = parseInclusionFile(Buffer.from(await proveRecord(ann.store, seq)))
    expect(verifyInclusionFile(file, { log: ann.signer.vkey })).toMatchObject({ index: seq })
  }
  const older = { ...copy, note: (await signed(cutTo(copy, 10), ann)).note }
  expect(await proveRecord(sourceOf(older), 9)).toContain('\nindex 9\n')
  const changed = sourceOf(chained(withRecord(copy, 3, backdated)))
  for (const [source, seq] of [
    [ann.store, 16],
    [sourceOf(older), 10],
    [changed, 3],
    [sourceOf({ ...copy, note: undefined }), 3],
  ] as const) {
    await expect(proveRecord(source, seq)).rejects.toMatchObject({ code: 'AUDIT_PROOF_IMPOSSIBLE' })
  }
})
