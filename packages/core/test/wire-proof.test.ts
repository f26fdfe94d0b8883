import fc from 'fast-check'
import { hash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Frame, type Proof } from '../src/wire/frame.ts'
import { type LogProof, ProofReader, ProofWriter, toWireProof } from '../src/wire/proof.ts'
import { own } from './support.ts'

const HASHES = Array.from({ length: 12 }, (_, n) => hash('sha256', `hash ${n}`, 'hex'))
const CHECKPOINTS = [40, 41].map((size) => ({ size, root: HASHES[size % 7] as string, signature: randomBytes(64) }))

const checkpoint = CHECKPOINTS[0] as LogProof['checkpoint']

const path = fc.array(fc.constantFrom(...HASHES), { maxLength: 8 })
const proof: fc.Arbitrary<LogProof> = fc.record({
  checkpoint: fc.constantFrom(
    ...CHECKPOINTS.map(({ size, root, signature }) => ({ size, root, signature: own(signature) })),
  ),
  inclusion: path,
  consistency: fc.oneof(fc.constant([]), path),
})

/** As it crosses the wire. */
function crossed(wire: Proof): Proof | undefined {
  return Frame.decode(Frame.encode({ receipt: { record: own([]), proof: wire } })).receipt?.proof
}

describe('the proofs of one side of a stream', () => {
  test('arrive as they were given, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(proof), (proofs) => {
        const [writer, reader] = [new ProofWriter(), new ProofReader()]
        for (const each of proofs) {
          const read = reader.read(crossed(writer.write(each)))
          expect({ ...read, checkpoint: { ...read?.checkpoint, signature: 0 } }).toEqual({
            ...each,
            checkpoint: { ...each.checkpoint, signature: 0 },
          })
          expect(Buffer.compare(read?.checkpoint.signature ?? own([]), each.checkpoint.signature)).toBe(0)
        }
      }),
    )
  })

  test('leave out what they have in common with the one before', () => {
    const writer = new ProofWriter()
    writer.write({ checkpoint, inclusion: HASHES.slice(0, 5), consistency: [] })
    const second = writer.write({
      checkpoint,
      inclusion: [HASHES[9] as string, ...HASHES.slice(1, 5)],
      consistency: [],
    })
    expect(second).toMatchObject({ shared: 4, inclusion: Buffer.from(HASHES[9] as string, 'hex') })
    expect(second.checkpoint).toBeUndefined()
  })
})

describe('a proof that goes on from another is none', () => {
  const first = toWireProof({ checkpoint, inclusion: HASHES.slice(0, 4), consistency: [] })
  const NONE = { inclusion: own([]), consistency: own([]), shared: 0 }

  test.each<[string, (Proof | undefined)[]]>([
    ['when there is none before it', [{ ...NONE, shared: 2 }]],
    ['when the one before was missing', [first, undefined, { ...NONE, shared: 2 }]],
    ['when the one before was none', [first, { ...NONE, inclusion: own([1, 2]) }, { ...NONE, shared: 2 }]],
    ['when it shares more than there is', [first, { ...NONE, shared: 5 }]],
    ['when it brings a consistency path', [first, { ...NONE, consistency: own(Buffer.alloc(32)), shared: 2 }]],
    ['when it has a checkpoint of its own', [{ ...first, shared: 1 }]],
    ['when it is too long', [first, { ...NONE, inclusion: own(Buffer.alloc(61 * 32)), shared: 4 }]],
  ])('%s', (_, proofs) => {
    const reader = new ProofReader()
    const read = proofs.map((each) => reader.read(each && crossed(each)))
    expect(read.at(-1)).toBeUndefined()
  })

  test('of anything else, nothing is thrown', () => {
    const bytes = fc.uint8Array({ maxLength: 100 }).map((each) => own(each))
    const wire = fc.record({ inclusion: bytes, consistency: bytes, shared: fc.integer({ min: 0, max: 2 ** 32 - 1 }) })
    fc.assert(
      fc.property(fc.array(wire), (proofs) => {
        const reader = new ProofReader()
        reader.read(first)
        for (const each of proofs) reader.read(crossed(each))
      }),
    )
  })
})
