import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AuditError } from '../../src/errors.ts'
import type { Hash } from '../../src/hash.ts'
import { formatCheckpoint } from '../../src/tlog/checkpoint.ts'
import { formatEvidence, parseEvidence, provesEquivocation } from '../../src/tlog/evidence.ts'
import { earlierRootProof } from '../../src/tlog/proofs.ts'
import { vectors } from '../support.ts'
import { changed, leavesOf, merkleTreeHash, nodesOf, party } from './support.ts'

const ann = party('branchline/Ann')

function signedOver(leaves: readonly Hash[]): string {
  const checkpoint = { origin: ann.name, size: leaves.length, root: merkleTreeHash(leaves) }
  return formatCheckpoint(checkpoint, [ann.sign(checkpoint)])
}

describe('spec/vectors/checkpoint.json', () => {
  const { log, evidence } = vectors<{
    log: string
    evidence: { name: string; evidence: string; expect: boolean | string }[]
  }>('checkpoint')

  test.each(evidence.map((each) => [each.name, each] as const))('evidence: %s', (_, vector) => {
    const verdict = () => provesEquivocation(parseEvidence(vector.evidence), log)
    if (typeof vector.expect === 'string') expect(verdict).toThrow(expect.objectContaining({ code: vector.expect }))
    else expect(verdict()).toBe(vector.expect)
  })
})

describe('evidence of two histories', () => {
  test('convicts whenever they parted, and never of one', async () => {
    const sizes = fc
      .integer({ min: 2, max: 300 })
      .chain((to) => fc.tuple(fc.integer({ min: 1, max: to - 1 }), fc.constant(to)))
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(299), async ([from, to], parted) => {
        const shown = leavesOf(to)
        const held = [...shown.slice(0, parted), ...leavesOf(to, 'other').slice(parted)].slice(0, from)
        const path = await earlierRootProof(nodesOf(shown), from, to)
        const evidence = { held: signedOver(held), shown: signedOver(shown), path }
        expect(provesEquivocation(parseEvidence(formatEvidence(evidence)), ann.vkey)).toBe(parted < from)
        expect(provesEquivocation({ ...evidence, held: evidence.shown, shown: evidence.held }, ann.vkey)).toBe(
          parted < from,
        )
        for (const at of path.keys()) {
          const other = path.with(at, changed(path[at] as Hash))
          expect(provesEquivocation({ ...evidence, path: other }, ann.vkey)).toBe(false)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('says nothing against another key of the same name', () => {
    const evidence = { held: signedOver(leavesOf(7)), shown: signedOver(leavesOf(7, 'other')), path: [] }
    expect(provesEquivocation(evidence, ann.vkey)).toBe(true)
    expect(provesEquivocation(evidence, party(ann.name).vkey)).toBe(false)
    expect(() => provesEquivocation(evidence, ann.witnessKey)).toThrow(
      expect.objectContaining({ code: 'KEY_UNREADABLE' }),
    )
  })
})

describe('parseEvidence', () => {
  const json = formatEvidence({ held: signedOver(leavesOf(7)), shown: signedOver(leavesOf(9)), path: leavesOf(3) })

  test('throws nothing but AuditError', () => {
    const mutated = fc
      .tuple(fc.nat(json.length - 1), fc.nat(3), fc.string({ unit: 'binary', maxLength: 2 }))
      .map(([at, cut, put]) => json.slice(0, at) + put + json.slice(at + cut))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), mutated), (candidate) => {
        try {
          expect(typeof provesEquivocation(parseEvidence(candidate), ann.vkey)).toBe('boolean')
        } catch (error) {
          expect(error).toBeInstanceOf(AuditError)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  test.each([
    ['262,145 characters', json.padEnd(262_145)],
    ['200,000 open lists', '['.repeat(200_000)],
    ['a prototype', json.replace('{', '{"__proto__":{},')],
  ])('refuses %s', (_, candidate) => {
    expect(() => parseEvidence(candidate)).toThrow(expect.objectContaining({ code: 'PROOF_MALFORMED' }))
  })
})
