import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AuditError } from '../../src/errors.ts'
import { type Hash, leafHash } from '../../src/hash.ts'
import { formatCheckpoint } from '../../src/tlog/checkpoint.ts'
import { formatInclusionFile, parseInclusionFile, verifyInclusionFile } from '../../src/tlog/proof-file.ts'
import { inclusionProof } from '../../src/tlog/proofs.ts'
import { vectors } from '../support.ts'
import { merkleTreeHash, nodesOf, party } from './support.ts'

const [ann, bea, cal] = [party('branchline/Ann'), party('branchline/Bea'), party('branchline/Cal')]
const TIME = 1_764_000_000
const malformed = expect.objectContaining({ code: 'PROOF_MALFORMED' })
const check = { log: ann.vkey, witnesses: [bea.witnessKey, cal.witnessKey] }

async function fileOf(index: number, size: number): Promise<string> {
  const lines = Array.from({ length: size }, (_, seq) => Buffer.from(`{"seq":${seq}}`))
  const leaves = lines.map((line) => leafHash(line))
  const checkpoint = { origin: ann.name, size, root: merkleTreeHash(leaves) }
  return formatInclusionFile({
    extra: lines[index],
    index,
    path: await inclusionProof(nodesOf(leaves), index, size),
    checkpoint: formatCheckpoint(checkpoint, [ann.sign(checkpoint), bea.cosign(checkpoint, TIME)]),
  })
}

describe('spec/vectors/checkpoint.json', () => {
  const { log, witnesses, proofs } = vectors<{
    log: string
    witnesses: string[]
    proofs: { name: string; file: string; leaf?: Hash; expect: string; index?: number }[]
  }>('checkpoint')

  test.each(proofs.map((each) => [each.name, each] as const))('proof: %s', (_, { file, leaf, expect: code, index }) => {
    const verdict = () => verifyInclusionFile(parseInclusionFile(Buffer.from(file)), { log, witnesses, leaf })
    if (code !== 'accept') {
      expect(verdict).toThrow(expect.objectContaining({ code }))
      return
    }
    expect(verdict()).toMatchObject({ index, witnesses: [{ name: 'branchline/Bea', time: 1_764_000_000 }] })
    expect(formatInclusionFile(parseInclusionFile(Buffer.from(file)))).toBe(file)
  })
})

describe('a proof file', () => {
  test('of any record is read, proves it, and tells who witnessed it', async () => {
    const places = fc.integer({ min: 1, max: 300 }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)))
    await fc.assert(
      fc.asyncProperty(places, async ([index, size]) => {
        const file = await fileOf(index, size)
        const proof = parseInclusionFile(Buffer.from(file))
        expect(formatInclusionFile(proof)).toBe(file)
        expect(verifyInclusionFile(proof, check)).toMatchObject({
          index,
          leaf: leafHash(Buffer.from(`{"seq":${index}}`)),
          checkpoint: { origin: ann.name, size },
          witnesses: [{ name: bea.name, time: TIME }],
        })
      }),
      { numRuns: 40 },
    )
  })

  test('no bit of it can be changed', async () => {
    const file = await fileOf(4, 7)
    const bytes = Buffer.from(file)
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const other = Buffer.from(bytes)
      const at = Math.floor(bit / 8)
      other[at] = (other[at] as number) ^ (1 << (bit % 8))
      let names: string[] = []
      try {
        names = verifyInclusionFile(parseInclusionFile(other), check).witnesses.map(({ name }) => name)
      } catch (error) {
        expect(error).toBeInstanceOf(AuditError)
        continue
      }
      expect(names, 'the witness became unknown by a change of her line').toEqual([])
      expect(at).toBeGreaterThan(file.indexOf(bea.name))
    }
  })

  test('is read with 65,535 bytes of record, and no more', async () => {
    const proof = parseInclusionFile(Buffer.from(await fileOf(4, 7)))
    const withExtra = (length: number) => Buffer.from(formatInclusionFile({ ...proof, extra: new Uint8Array(length) }))
    expect(parseInclusionFile(withExtra(65_535)).extra).toHaveLength(65_535)
    expect(() => parseInclusionFile(withExtra(65_536))).toThrow(malformed)
    expect(() => parseInclusionFile(withExtra(1_000_000))).toThrow(malformed)
    expect(() => parseInclusionFile(withExtra(0))).toThrow(malformed)
  })

  test('is verified with keys of the right type alone', async () => {
    const proof = parseInclusionFile(Buffer.from(await fileOf(4, 7)))
    const unreadable = expect.objectContaining({ code: 'KEY_UNREADABLE' })
    expect(() => verifyInclusionFile(proof, { log: ann.witnessKey })).toThrow(unreadable)
    expect(() => verifyInclusionFile(proof, { log: ann.vkey, witnesses: [bea.vkey] })).toThrow(unreadable)
    expect(verifyInclusionFile(proof, { log: ann.vkey }).witnesses).toEqual([])
  })
})

describe('parseInclusionFile', () => {
  test('throws nothing but AuditError, and what it reads it writes alike', async () => {
    const file = Buffer.from(await fileOf(4, 7))
    const mutated = fc
      .tuple(fc.nat(file.length - 1), fc.nat(4), fc.uint8Array({ maxLength: 3 }))
      .map(([at, cut, put]) => Buffer.concat([file.subarray(0, at), put, file.subarray(at + cut)]))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (bytes) => {
        try {
          expect(Buffer.from(formatInclusionFile(parseInclusionFile(bytes)))).toEqual(Buffer.from(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(AuditError)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})
