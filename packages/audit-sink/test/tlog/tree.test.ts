import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Hash, leafHash } from '../../src/hash.ts'
import { consistencyProof, inclusionProof } from '../../src/tlog/proofs.ts'
import { EMPTY_ROOT, exponentOf, splitPoint, subtreeRoot, TreeEdge } from '../../src/tlog/tree.ts'
import { vectors } from '../support.ts'
import { leavesOf, merkleTreeHash, nodesOf } from './support.ts'

/** The reference tree of Certificate Transparency, as its implementations publish it. */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const LEAF_0 = ROOTS[1] as Hash
const LEAF_1 = '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7'
const LEAF_4 = 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b'
const LEAF_6 = 'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f'
const LEAVES_0_1 = ROOTS[2] as Hash
const LEAVES_2_3 = '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e'
const LEAVES_4_5 = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a'
const LEAVES_6_7 = 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0'
const LEAVES_0_3 = ROOTS[4] as Hash
const LEAVES_4_7 = '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4'

const reference = INPUTS.map((input) => leafHash(Buffer.from(input, 'hex')))

function edgeOf(leaves: readonly Hash[]): TreeEdge {
  const edge = new TreeEdge()
  for (const leaf of leaves) edge.append(leaf)
  return edge
}

describe('the reference tree of RFC 6962', () => {
  test.each(ROOTS.map((root, size) => [size, root] as const))('has at size %i the root %s', async (size, root) => {
    expect(edgeOf(reference.slice(0, size)).root()).toBe(root)
    expect(await subtreeRoot(nodesOf(reference), 0, size)).toBe(root)
  })

  test.each([
    [0, 1, []],
    [0, 8, [LEAF_1, LEAVES_2_3, LEAVES_4_7]],
    [5, 8, [LEAF_4, LEAVES_6_7, LEAVES_0_3]],
    [2, 3, [LEAVES_0_1]],
    [1, 5, [LEAF_0, LEAVES_2_3, LEAF_4]],
  ])('proves leaf %i in %i', async (index, size, path) => {
    expect(await inclusionProof(nodesOf(reference), index, size)).toEqual(path)
  })

  test.each([
    [1, 1, []],
    [1, 8, [LEAF_1, LEAVES_2_3, LEAVES_4_7]],
    [6, 8, [LEAVES_4_5, LEAVES_6_7, LEAVES_0_3]],
    [2, 5, [LEAVES_2_3, LEAF_4]],
    [6, 7, [LEAVES_4_5, LEAF_6, LEAVES_0_3]],
  ])('proves that %i is the beginning of %i', async (from, to, path) => {
    expect(await consistencyProof(nodesOf(reference), from, to)).toEqual(path)
  })
})

test.each(vectors<{ roots: { leaves: string[]; root: Hash }[] }>('tree').roots)(
  'spec/vectors/tree.json has the root $root',
  ({ leaves, root }) => {
    expect(edgeOf(leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')))).root()).toBe(root)
  },
)

describe('TreeEdge', () => {
  test('has at every size the root that the recursion gives', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 }), (size) => {
        const leaves = leavesOf(size)
        const edge = edgeOf(leaves)
        expect(edge.size).toBe(size)
        expect(edge.root()).toBe(merkleTreeHash(leaves))
      }),
      { numRuns: 50 },
    )
  })

  test('a copy grows on its own', () => {
    const edge = edgeOf(reference.slice(0, 5))
    const copy = edge.copy()
    copy.append(reference[5] as Hash)
    expect([edge.size, edge.root()]).toEqual([5, ROOTS[5]])
    expect([copy.size, copy.root()]).toEqual([6, ROOTS[6]])
  })

  test('without leaves has the hash of nothing', () => {
    expect(new TreeEdge().root()).toBe(EMPTY_ROOT)
  })
})

describe('sizes beyond what floating point tells apart', () => {
  const powers = Array.from({ length: 53 }, (_, exponent) => [exponent, 2 ** exponent] as const)

  test.each(powers)('2^%i = %d is a power of two, and neither neighbour is', (exponent, power) => {
    expect(exponentOf(power)).toBe(exponent)
    if (exponent > 1) expect([exponentOf(power - 1), exponentOf(power + 1)]).toEqual([undefined, undefined])
  })

  test.each(powers.slice(1))('above 2^%i = %d a tree splits there', (exponent, power) => {
    expect(splitPoint(power + 1)).toBe(power)
    expect(splitPoint(power)).toBe(2 ** (exponent - 1))
  })

  test('a tree of 2^49 + 1 leaves is asked for its two complete subtrees', async () => {
    const asked: [number, number][] = []
    const nodes = {
      node: async (level: number, index: number) => {
        asked.push([level, index])
        return EMPTY_ROOT
      },
    }
    await subtreeRoot(nodes, 0, 2 ** 49 + 1)
    expect(asked).toEqual([
      [49, 0],
      [0, 2 ** 49],
    ])
  })
})
