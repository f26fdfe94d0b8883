import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Hash } from '../../src/hash.ts'
import {
  type Consistency,
  consistencyProof,
  type EarlierRoot,
  earlierRoot,
  earlierRootProof,
  type Inclusion,
  inclusionProof,
  verifyConsistency,
  verifyInclusion,
} from '../../src/tlog/proofs.ts'
import { EMPTY_ROOT } from '../../src/tlog/tree.ts'
import { vectors } from '../support.ts'
import { changed, leavesOf, merkleTreeHash, nodesOf } from './support.ts'

const MAX_SIZE = 1_000
const LEAVES = leavesOf(MAX_SIZE)
const NODES = nodesOf(LEAVES)
const rootAt = (size: number): Hash => merkleTreeHash(LEAVES.slice(0, size))
/** Two sizes, or a place and a size: the first is below the second. */
const pair = fc
  .integer({ min: 1, max: MAX_SIZE })
  .chain((to) => fc.tuple(fc.integer({ min: 0, max: to - 1 }), fc.constant(to)))

/** Every path that differs from this one in one place, is cut at either end, or goes on. */
function spoilt(path: readonly Hash[]): Hash[][] {
  const each = path.map((hash, at) => path.with(at, changed(hash)))
  return [
    ...each,
    [...path, EMPTY_ROOT],
    [EMPTY_ROOT, ...path],
    ...(path.length > 0 ? [path.slice(1), path.slice(0, -1)] : []),
  ]
}

describe('spec/vectors/tree.json', () => {
  const {
    inclusion,
    consistency,
    earlierRoot: earlier,
  } = vectors<{
    inclusion: (Inclusion & { name: string; expect: boolean })[]
    consistency: (Consistency & { name: string; expect: boolean })[]
    earlierRoot: (EarlierRoot & { expect: Hash | null })[]
  }>('tree')

  test.each(inclusion.map((each) => [each.name, each] as const))('inclusion of %s', (_, vector) => {
    expect(verifyInclusion(vector)).toBe(vector.expect)
  })

  test.each(consistency.map((each) => [each.name, each] as const))('consistency of %s', (_, vector) => {
    expect(verifyConsistency(vector)).toBe(vector.expect)
  })

  test.each(earlier)('root at $from of a tree of $to', (vector) => {
    expect(earlierRoot(vector)).toBe(vector.expect ?? undefined)
  })
})

describe('inclusion', () => {
  test('every proof verifies, and no change of it does', async () => {
    await fc.assert(
      fc.asyncProperty(pair, async ([index, size]) => {
        const proof = {
          leaf: LEAVES[index] as Hash,
          index,
          size,
          root: rootAt(size),
          path: await inclusionProof(NODES, index, size),
        }
        expect(verifyInclusion(proof)).toBe(true)
        for (const path of spoilt(proof.path)) expect(verifyInclusion({ ...proof, path })).toBe(false)
        for (const change of [
          { leaf: changed(proof.leaf) },
          { root: changed(proof.root) },
          { index: index + 1 },
          { index: index - 1 },
        ])
          expect(verifyInclusion({ ...proof, ...change })).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  test('there is no proof of a leaf that is not there', async () => {
    for (const [index, size] of [
      [8, 8],
      [-1, 8],
      [0, 0],
      [0.5, 8],
      [Number.NaN, 8],
    ] as const)
      await expect(inclusionProof(NODES, index, size)).rejects.toThrow(RangeError)
  })
})

describe('consistency', () => {
  test('every proof verifies, and no change of it does', async () => {
    await fc.assert(
      fc.asyncProperty(pair, async ([below, to]) => {
        const from = below + 1
        const proof = {
          from,
          fromRoot: rootAt(from),
          to,
          toRoot: rootAt(to),
          path: await consistencyProof(NODES, from, to),
        }
        expect(verifyConsistency(proof)).toBe(true)
        for (const path of spoilt(proof.path)) expect(verifyConsistency({ ...proof, path })).toBe(false)
        for (const change of [{ fromRoot: changed(proof.fromRoot) }, { toRoot: changed(proof.toRoot) }])
          expect(verifyConsistency({ ...proof, ...change })).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  test('the proof for the next size is not one for this', async () => {
    const path = await consistencyProof(NODES, 6, 9)
    const proof = { from: 6, fromRoot: rootAt(6), to: 9, toRoot: rootAt(9), path }
    expect(verifyConsistency(proof)).toBe(true)
    for (const from of [1, 5, 7, 8, 9])
      expect(verifyConsistency({ ...proof, from, fromRoot: rootAt(from) })).toBe(false)
  })

  test('there is no proof from nothing, or backwards', async () => {
    for (const [from, to] of [
      [0, 8],
      [9, 8],
      [1.5, 8],
      [-1, 8],
    ] as const)
      await expect(consistencyProof(NODES, from, to)).rejects.toThrow(RangeError)
  })
})

describe('an earlier root', () => {
  test('is learnt from the path alone, also at powers of two', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(pair, fc.constantFrom([0, 9], [3, 9], [7, 9], [511, 1_000])), async ([below, to]) => {
        const from = (below as number) + 1
        const path = await earlierRootProof(NODES, from, to as number)
        const proof = { from, to: to as number, toRoot: rootAt(to as number), path }
        expect(earlierRoot(proof)).toBe(rootAt(from))
        if (from < proof.to) expect(earlierRoot({ ...proof, toRoot: changed(proof.toRoot) })).toBeUndefined()
        for (const other of spoilt(path)) expect(earlierRoot({ ...proof, path: other })).toBeUndefined()
      }),
      { numRuns: 60 },
    )
  })

  test('of nothing is the hash of nothing, of all the root itself', () => {
    expect(earlierRoot({ from: 0, to: 8, toRoot: rootAt(8), path: [] })).toBe(EMPTY_ROOT)
    expect(earlierRoot({ from: 8, to: 8, toRoot: rootAt(8), path: [] })).toBe(rootAt(8))
  })
})

describe('hostile paths', () => {
  const proof = { leaf: LEAVES[0] as Hash, index: 0, size: 2, root: rootAt(2), path: [LEAVES[1] as Hash] }

  test.each([
    ['hex in upper case', { path: [(LEAVES[1] as Hash).toUpperCase()] }],
    ['no hex', { path: ['x'.repeat(64)] }],
    ['too short', { path: [(LEAVES[1] as Hash).slice(2)] }],
    ['a leaf in upper case', { leaf: (LEAVES[0] as Hash).toUpperCase() }],
    ['a number as hash', { path: [7 as unknown as Hash] }],
    ['a place between two', { index: 0.5 }],
    ['a size without end', { size: Number.POSITIVE_INFINITY }],
    ['a size beyond all integers', { size: 2 ** 60 }],
    ['no number', { index: Number.NaN }],
    ['a million hashes', { path: Array.from({ length: 1_000_000 }, () => EMPTY_ROOT) }],
  ])('%s', (_, change) => {
    expect(verifyInclusion(proof)).toBe(true)
    expect(verifyInclusion({ ...proof, ...change })).toBe(false)
  })

  test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, -1])('%d is no size', (to) => {
    const root = rootAt(2)
    expect(verifyConsistency({ from: 1, fromRoot: rootAt(1), to, toRoot: root, path: [EMPTY_ROOT] })).toBe(false)
    expect(verifyConsistency({ from: to, fromRoot: root, to, toRoot: root, path: [] })).toBe(false)
    expect(verifyConsistency({ from: to, fromRoot: root, to: 2, toRoot: root, path: [EMPTY_ROOT] })).toBe(false)
  })
})
