import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hash } from 'node:crypto'
import { InclusionCheck, InclusionProver } from '../../src/tlog/neighbours.ts'
import { type Inclusion, inclusionProof, verifyInclusion } from '../../src/tlog/proofs.ts'
import { subtreeRoot } from '../../src/tlog/tree.ts'
import { nodesOf } from './support.ts'

const LEAVES = Array.from({ length: 90 }, (_, n) => hash('sha256', `leaf ${n}`, 'hex'))
const NODES = nodesOf(LEAVES)

/** Places asked for one after the other, in trees that grow now and then. */
const asked = fc.array(fc.record({ size: fc.integer({ min: 1, max: LEAVES.length }), at: fc.nat() }), { maxLength: 12 })

async function proven(at: number, size: number): Promise<Inclusion> {
  const index = at % size
  const path = await inclusionProof(NODES, index, size)
  return { leaf: LEAVES[index] as string, index, size, root: await subtreeRoot(NODES, 0, size), path }
}

describe('proofs of neighbours', () => {
  it('are those that each would have alone, in whatever order they are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.boolean(), async (requests, isOneTree) => {
        const prover = new InclusionProver(NODES)
        for (const { size: any, at } of requests) {
          const size = isOneTree ? LEAVES.length - 3 : any
          expect(await prover.prove(at % size, size)).toEqual(await inclusionProof(NODES, at % size, size))
        }
      }),
    )
  })

  it('share the strings that they have in common', async () => {
    const prover = new InclusionProver(NODES)
    const [first, second] = [await prover.prove(4, 90), await prover.prove(5, 90)]
    expect(second.slice(1).every((each, n) => Object.is(each, first[n + 1]))).toBe(true)
  })

  it('are refused where there is no such leaf', async () => {
    const prover = new InclusionProver(NODES)
    await prover.prove(4, 90)
    await expect(prover.prove(90, 90)).rejects.toThrow(RangeError)
    await expect(prover.prove(-1, 90)).rejects.toThrow(RangeError)
  })
})

describe('a check of neighbours', () => {
  it('takes what holds alone, after any other', async () => {
    await fc.assert(
      fc.asyncProperty(asked, async (requests) => {
        const check = new InclusionCheck()
        for (const { at } of requests) expect(check.verify(await proven(at, 87))).toBe(true)
        for (const { size, at } of requests) expect(check.verify(await proven(at, size))).toBe(true)
      }),
    )
  })

  const change = fc.record({
    at: fc.nat(),
    what: fc.constantFrom('leaf', 'index', 'size', 'root', 'path', 'shorter', 'longer', 'no hash'),
    by: fc.nat(),
  })

  it('refuses what does not hold alone, after any other', async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.array(change, { minLength: 1 }), async (requests, changes) => {
        const check = new InclusionCheck()
        for (const { at } of requests) check.verify(await proven(at, 87))
        for (const { at, what, by } of changes) {
          const wrong = spoilt(await proven(at, 87), what, by)
          expect(check.verify(wrong)).toBe(verifyInclusion(wrong))
          expect(check.verify(await proven(at, 87))).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})

function spoilt(right: Inclusion, what: string, by: number): Inclusion {
  const { path } = right
  const other = LEAVES[by % LEAVES.length] as string
  switch (what) {
    case 'leaf':
      return { ...right, leaf: other }
    case 'index':
      return { ...right, index: [by % 90, -1, 0.5, Number.NaN][by % 4] as number }
    case 'size':
      return { ...right, size: by % 100 }
    case 'root':
      return { ...right, root: other }
    case 'path':
      return { ...right, path: path.with(by % path.length, other) }
    case 'shorter':
      return { ...right, path: path.slice(1) }
    case 'longer':
      return { ...right, path: [...path, other] }
    default:
      return { ...right, path: path.with(by % path.length, '00') }
  }
}
