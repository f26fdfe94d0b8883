import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AuditError } from '../../src/errors.ts'
import {
  checkpointText,
  cosignatureBytes,
  cosignatureTime,
  cosignedText,
  formatCheckpoint,
  isSignedBy,
  parseCheckpoint,
  parseCheckpointText,
  verifyCheckpoint,
} from '../../src/tlog/checkpoint.ts'
import { COSIGNATURE_KEY, NOTE_KEY, parseVerifierKey } from '../../src/tlog/note.ts'
import { vectors } from '../support.ts'
import { leavesOf, merkleTreeHash, party } from './support.ts'

const unverified = expect.objectContaining({ code: 'NOTE_UNVERIFIED' })

/** C2SP tlog-cosignature's example. Neither key is published: the signatures cannot be verified, all else can. */
const SPEC_TEXT = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
`
const SPEC_NOTE = `${SPEC_TEXT}
— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`
const SPEC_TIME = 1_679_315_147

const [ann, bea, cal] = [party('branchline/Ann'), party('branchline/Bea'), party('branchline/Cal')]
const checkpoint = { origin: ann.name, size: 7, root: merkleTreeHash(leavesOf(7)) }

describe("the specification's example", () => {
  const read = parseCheckpoint(Buffer.from(SPEC_NOTE))

  test('is read, and written alike', () => {
    expect(read).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 })
    expect(checkpointText(read)).toBe(SPEC_TEXT)
    expect(formatCheckpoint(read, read.note.signatures)).toBe(SPEC_NOTE)
  })

  test('has a cosignature of 8 bytes of time and 64 of Ed25519', () => {
    const [log, witness] = read.note.signatures
    expect(log).toMatchObject({ name: 'example.com/behind-the-sofa', keyId: '033de0ae' })
    expect(witness).toMatchObject({ name: 'witness.example.com/w1', keyId: '8d66cf3f' })
    const bytes = Buffer.from(witness?.bytes ?? [])
    expect(bytes.readBigUInt64BE()).toBe(BigInt(SPEC_TIME))
    expect(cosignatureBytes(SPEC_TIME, bytes.subarray(8))).toEqual(bytes)
    expect(bytes).toHaveLength(72)
  })

  test('is cosigned as two lines and the text', () => {
    expect(cosignedText(read, SPEC_TIME).toString()).toBe(`cosignature/v1\ntime 1679315147\n${SPEC_TEXT}`)
  })
})

describe('spec/vectors/checkpoint.json', () => {
  interface CheckpointVector {
    name: string
    note?: string
    noteHex?: string
    expect: string
    witnesses?: { name: string; time: number }[]
  }

  const { log, witnesses, checkpoints } = vectors<{
    log: string
    witnesses: string[]
    checkpoints: CheckpointVector[]
  }>('checkpoint')
  const logKey = parseVerifierKey(log, NOTE_KEY)
  const witnessKeys = witnesses.map((witness) => parseVerifierKey(witness, COSIGNATURE_KEY))

  test.each(checkpoints.map((each) => [each.name, each] as const))(
    '%s',
    (_, { note, noteHex, expect: code, ...vector }) => {
      const bytes = noteHex === undefined ? Buffer.from(note ?? '') : Buffer.from(noteHex, 'hex')
      if (code !== 'accept') {
        expect(() => verifyCheckpoint(parseCheckpoint(bytes), logKey, witnessKeys)).toThrow(
          expect.objectContaining({ code }),
        )
        return
      }
      const read = parseCheckpoint(bytes)
      expect(verifyCheckpoint(read, logKey, witnessKeys)).toEqual(vector.witnesses)
      expect(formatCheckpoint(read, read.note.signatures)).toBe(note)
    },
  )
})

describe('a checkpoint', () => {
  const signed = formatCheckpoint(checkpoint, [ann.sign(checkpoint), bea.cosign(checkpoint, SPEC_TIME)])
  const keys = [parseVerifierKey(ann.vkey), [bea, cal].map(({ witnessKey }) => parseVerifierKey(witnessKey))] as const

  test('tells who witnessed it, and when', () => {
    expect(verifyCheckpoint(parseCheckpoint(Buffer.from(signed)), ...keys)).toEqual([
      { name: bea.name, time: SPEC_TIME },
    ])
  })

  test('no bit of it can be changed', () => {
    const bytes = Buffer.from(signed)
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const other = Buffer.from(bytes)
      const at = Math.floor(bit / 8)
      other[at] = (other[at] as number) ^ (1 << (bit % 8))
      let names: string[] = []
      try {
        names = verifyCheckpoint(parseCheckpoint(other), ...keys).map(({ name }) => name)
      } catch (error) {
        expect(error).toBeInstanceOf(AuditError)
        continue
      }
      expect(names, 'the witness became unknown by a change of her line').toEqual([])
      expect(at).toBeGreaterThan(signed.indexOf(bea.name))
    }
  })

  test('of another log does not pass by its key alone', () => {
    const foreign = { ...checkpoint, origin: bea.name }
    const { bytes } = ann.sign(foreign)
    expect(isSignedBy(foreign, bytes, parseVerifierKey(ann.vkey))).toBe(false)
    expect(isSignedBy(checkpoint, ann.sign(checkpoint).bytes, parseVerifierKey(ann.vkey))).toBe(true)
    expect(isSignedBy(checkpoint, ann.sign(checkpoint).bytes, parseVerifierKey(ann.witnessKey))).toBe(false)
  })

  test('a cosignature counts under a key of type 4 alone', () => {
    const cosignature = bea.cosign(checkpoint, SPEC_TIME)
    const asLog = parseVerifierKey(bea.vkey)
    expect(cosignatureTime(checkpoint, cosignature, parseVerifierKey(bea.witnessKey))).toBe(SPEC_TIME)
    expect(cosignatureTime(checkpoint, { ...cosignature, keyId: asLog.keyId }, asLog)).toBeUndefined()
    expect(cosignatureTime({ ...checkpoint, size: 8 }, cosignature, parseVerifierKey(bea.witnessKey))).toBeUndefined()
  })

  test('cosignatures do not stand for the signature of the log', () => {
    const note = formatCheckpoint(checkpoint, [bea.cosign(checkpoint, SPEC_TIME)])
    expect(() => verifyCheckpoint(parseCheckpoint(Buffer.from(note)), ...keys)).toThrow(unverified)
  })

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('%d is no time to sign', (time) => {
    expect(() => cosignatureBytes(time, new Uint8Array(64))).toThrow(RangeError)
  })
})

describe('parseCheckpointText', () => {
  test.each(['x', '\n', 'x\n', ' '])('refuses %j after the root', (more) => {
    expect(() => parseCheckpointText(checkpointText(checkpoint) + more)).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_MALFORMED' }),
    )
  })

  test('throws nothing but CHECKPOINT_MALFORMED, and what it reads is the one text for it', () => {
    const text = checkpointText(checkpoint)
    const mutated = fc
      .tuple(fc.nat(text.length), fc.nat(3), fc.string({ unit: 'binary', maxLength: 2 }))
      .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), mutated), (candidate) => {
        try {
          expect(checkpointText(parseCheckpointText(candidate))).toBe(candidate)
        } catch (error) {
          expect(error).toEqual(expect.objectContaining({ code: 'CHECKPOINT_MALFORMED' }))
        }
      }),
      { numRuns: 3_000 },
    )
  })
})
