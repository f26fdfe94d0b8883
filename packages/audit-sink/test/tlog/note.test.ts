import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AuditError } from '../../src/errors.ts'
import {
  COSIGNATURE_KEY,
  decodeBase64,
  formatNote,
  formatVerifierKey,
  keyIdOf,
  NOTE_KEY,
  parseNote,
  parseVerifierKey,
  verifySignatures,
  witnessKeyOf,
} from '../../src/tlog/note.ts'
import { vectors } from '../support.ts'

const malformed = expect.objectContaining({ code: 'NOTE_MALFORMED' })
const unverified = expect.objectContaining({ code: 'NOTE_UNVERIFIED' })
const unreadable = expect.objectContaining({ code: 'KEY_UNREADABLE' })

/** C2SP signed-note, "Example". */
const SPEC_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const SPEC_NOTE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`
/** Its first example: text with an empty line. The key is not published. */
const SPEC_POEM = `Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
`
/** The example of Go's golang.org/x/mod/sumdb/note: two signers. */
const GO_KEYS = [
  'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop',
]
const GO_NOTE = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=
`

const note = (text: string) => parseNote(Buffer.from(text))
const namesOf = (text: string, keys: string[]) =>
  [
    ...verifySignatures(
      note(text),
      keys.map((key) => parseVerifierKey(key)),
    ).keys(),
  ].map(({ name }) => name)

describe('published notes', () => {
  test("the specification's verifies with its key", () => {
    expect(namesOf(SPEC_NOTE, [SPEC_KEY])).toEqual(['example.com/foo'])
    expect(note(SPEC_NOTE).text).toBe('This is an example message.\n')
    expect(formatNote(note(SPEC_NOTE))).toBe(SPEC_NOTE)
  })

  test('an empty line within the text belongs to the text', () => {
    expect(note(SPEC_POEM).text.endsWith('sole:\n\ned è subito sera.\n')).toBe(true)
    expect(note(SPEC_POEM).signatures).toMatchObject([{ name: 'quasimodo.example/salvatore', keyId: '367ba04b' }])
    expect(formatNote(note(SPEC_POEM))).toBe(SPEC_POEM)
  })

  test("Go's verifies with either key, and with both", () => {
    for (const key of GO_KEYS) expect(namesOf(GO_NOTE, [key])).toEqual([key.split('+')[0]])
    expect(namesOf(GO_NOTE, GO_KEYS.toReversed())).toEqual(['PeterNeumann', 'EnochRoot'])
  })
})

describe('the signatures of a note', () => {
  const signatureLine = SPEC_NOTE.split('\n')[2] as string

  test('no byte of text or signature can be changed', () => {
    const bytes = Buffer.from(SPEC_NOTE)
    for (let at = 0; at < bytes.length; at++) {
      const other = Buffer.from(bytes)
      other[at] = (other[at] as number) ^ 1
      expect(() => verifySignatures(parseNote(other), [parseVerifierKey(SPEC_KEY)])).toThrow(AuditError)
    }
  })

  test('one wrong signature by a known key refuses the note, whatever others say', () => {
    const forged = GO_NOTE.replace('EnochRoot rwz+eB', 'EnochRoot rwz+eC')
    expect(() => namesOf(forged, GO_KEYS)).toThrow(unverified)
    expect(namesOf(forged, [GO_KEYS[0] as string])).toEqual(['PeterNeumann'])
  })

  test('nobody counts twice', () => {
    expect(namesOf(`${SPEC_NOTE}${signatureLine}\n`, [SPEC_KEY])).toEqual(['example.com/foo'])
  })

  test('a key for cosignatures signs no text', () => {
    const { name, key } = parseVerifierKey(SPEC_KEY)
    const raw = Buffer.from(key.export({ format: 'jwk' }).x as string, 'base64url')
    const keyId = keyIdOf(name, COSIGNATURE_KEY, raw)
    const { text, signatures } = note(SPEC_NOTE)
    const relabelled = formatNote({ text, signatures: signatures.map((signature) => ({ ...signature, keyId })) })
    expect(() => namesOf(relabelled, [formatVerifierKey(name, COSIGNATURE_KEY, raw)])).toThrow(unverified)
  })

  test('without any known key it is refused', () => {
    expect(() => namesOf(SPEC_NOTE, GO_KEYS)).toThrow(unverified)
    expect(() => namesOf(SPEC_NOTE, [])).toThrow(unverified)
  })

  test('64 are read, 65 and more than 65,536 bytes are not', () => {
    expect(note(SPEC_NOTE + `${signatureLine}\n`.repeat(63)).signatures).toHaveLength(64)
    expect(() => note(SPEC_NOTE + `${signatureLine}\n`.repeat(64))).toThrow(malformed)
    expect(note('x'.repeat(65_536 - SPEC_NOTE.length - 2) + SPEC_NOTE).signatures).toHaveLength(1)
    expect(() => note('x'.repeat(65_537 - SPEC_NOTE.length - 2) + SPEC_NOTE)).toThrow(malformed)
  })
})

describe('parseNote', () => {
  test('throws nothing but NOTE_MALFORMED, and what it reads it writes alike', () => {
    const mutated = fc
      .tuple(fc.nat(Buffer.byteLength(GO_NOTE) - 1), fc.nat(4), fc.uint8Array({ maxLength: 3 }))
      .map(([at, cut, put]) => {
        const bytes = Buffer.from(GO_NOTE)
        return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)])
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated), (bytes) => {
        try {
          expect(Buffer.from(formatNote(parseNote(bytes)))).toEqual(Buffer.from(bytes))
        } catch (error) {
          expect(error).toEqual(malformed)
        }
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('formatNote', () => {
  test.each(['', 'no line feed', 'tab\t\n', 'carriage return\r\n', 'half a character \ud800\n'])(
    'refuses %j',
    (text) => {
      expect(() => formatNote({ text, signatures: [] })).toThrow(malformed)
    },
  )
})

describe('verifier keys', () => {
  interface KeyVector {
    name: string
    vkey: string
    expect: string
    id?: string
    type?: 1 | 4
    publicKey?: string
  }

  const { verifierKeys } = vectors<{ verifierKeys: KeyVector[] }>('checkpoint')

  test.each(verifierKeys.map((each) => [each.name, each] as const))('spec/vectors/checkpoint.json: %s', (_, vector) => {
    if (vector.expect !== 'accept') {
      expect(() => parseVerifierKey(vector.vkey)).toThrow(expect.objectContaining({ code: vector.expect }))
      return
    }
    const { name, keyId, type } = parseVerifierKey(vector.vkey)
    expect([keyId, type]).toEqual([vector.id, vector.type])
    expect(formatVerifierKey(name, type, Buffer.from(vector.publicKey as string, 'hex'))).toBe(vector.vkey)
  })

  test('of the other type than the one asked for are refused', () => {
    expect(parseVerifierKey(SPEC_KEY, NOTE_KEY).type).toBe(NOTE_KEY)
    expect(() => parseVerifierKey(SPEC_KEY, COSIGNATURE_KEY)).toThrow(unreadable)
  })

  test('of a log and of its owner as a witness differ in type and ID', () => {
    const { log, witness } = Object.fromEntries(verifierKeys.map(({ name, vkey }) => [name, vkey]))
    expect(witnessKeyOf(log as string)).toBe(witness)
    expect(() => witnessKeyOf(witness as string)).toThrow(unreadable)
  })

  test('no character can be changed', () => {
    const character = fc.constantFrom(...Array.from(' +-/=0123456789ABCabc_\n\u0085'))
    fc.assert(
      fc.property(fc.nat(SPEC_KEY.length - 1), character, (at, other) => {
        fc.pre(SPEC_KEY[at] !== other)
        expect(() => parseVerifierKey(SPEC_KEY.slice(0, at) + other + SPEC_KEY.slice(at + 1))).toThrow(unreadable)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('base64', () => {
  test.each(['A', 'AA', 'AAA', 'AB==', 'AAB=', 'AA==AA==', 'AA=', 'AA===', '=', 'AA==\n', ' AA==', '-_==', 'é'])(
    'has one text for one value: %j is refused',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined()
    },
  )

  test('of any bytes is read back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(Buffer.from(bytes))
      }),
    )
  })
})
