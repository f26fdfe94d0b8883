import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { AuditError } from '../errors.ts'

/*
 * C2SP signed-note v1.0.0: text, an empty line, signature lines.
 */

/** Ed25519 over the note's text. */
export const NOTE_KEY = 0x01
/** Ed25519 over a checkpoint and a time (C2SP tlog-cosignature). */
export const COSIGNATURE_KEY = 0x04
export type KeyType = typeof NOTE_KEY | typeof COSIGNATURE_KEY

const PUBLIC_KEY_BYTES = 32
const KEY_ID_BYTES = 4
export const MAX_NOTE_BYTES = 65_536
/** "MUST accept at least up to 16 signatures". */
const MAX_SIGNATURES = 64
/** "MUST NOT contain any Unicode spaces or plus"; JavaScript's \s has other characters than Unicode's spaces. */
const SIGNATURE_LINE = /^\u2014 ([^\p{White_Space}+]+) (\S+)$/u
const VERIFIER_KEY = /^([^\p{White_Space}+]+)\+([0-9a-f]{8})\+(\S+)$/u
// oxlint-disable-next-line no-control-regex -- "MUST NOT contain any ASCII control characters other than newline"
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/

export interface VerifierKey {
  readonly name: string
  /** 8 hex digits. */
  readonly keyId: string
  readonly type: KeyType
  readonly key: KeyObject
}

export interface NoteSignature {
  readonly name: string
  /** 8 hex digits. */
  readonly keyId: string
  /** Without the key ID in front. */
  readonly bytes: Uint8Array
}

export interface Note {
  /** With its last line feed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** key ID = SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4], in hex. */
export function keyIdOf(name: string, type: KeyType, publicKey: Uint8Array): string {
  const preimage = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), publicKey])
  return hash('sha256', preimage, 'hex').slice(0, 2 * KEY_ID_BYTES)
}

/** @param publicKey - raw Ed25519 public key, 32 bytes */
export function formatVerifierKey(name: string, type: KeyType, publicKey: Uint8Array): string {
  const material = Buffer.concat([Uint8Array.of(type), publicKey]).toString('base64')
  return `${name}+${keyIdOf(name, type, publicKey)}+${material}`
}

/**
 * @param expected - the one type that will do; without it, both
 * @throws AuditError KEY_UNREADABLE, also for types that are not used here
 */
export function parseVerifierKey(vkey: string, expected?: KeyType): VerifierKey {
  const [, name = '', keyId = '', encoded = ''] = VERIFIER_KEY.exec(vkey) ?? []
  const material = decodeBase64(encoded)
  const type = material?.[0]
  if (material?.length !== 1 + PUBLIC_KEY_BYTES || (type !== NOTE_KEY && type !== COSIGNATURE_KEY)) {
    throw new AuditError('KEY_UNREADABLE', 'that is no verifier key of a signed note')
  }
  if (expected !== undefined && type !== expected) {
    throw new AuditError('KEY_UNREADABLE', `that verifier key is of type ${type}, not ${expected}`)
  }
  const publicKey = material.subarray(1)
  if (keyIdOf(name, type, publicKey) !== keyId) {
    throw new AuditError('KEY_UNREADABLE', 'the verifier key does not fit the key ID in it')
  }
  return { name, keyId, type, key: publicKeyOf(publicKey) }
}

/**
 * The key with which the owner of a log key cosigns other logs: the same one, under another type and so another ID.
 * @throws AuditError KEY_UNREADABLE
 */
export function witnessKeyOf(logKey: string): string {
  const { name } = parseVerifierKey(logKey, NOTE_KEY)
  const material = Buffer.from(logKey.slice(name.length + 1 + 2 * KEY_ID_BYTES + 1), 'base64')
  return formatVerifierKey(name, COSIGNATURE_KEY, material.subarray(1))
}

function publicKeyOf(raw: Uint8Array): KeyObject {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/** @throws AuditError NOTE_MALFORMED when the text cannot be that of a note */
export function formatNote({ text, signatures }: Note): string {
  if (!text.endsWith('\n')) throw malformed('its text does not end in a line feed')
  if (CONTROL.test(text) || !text.isWellFormed()) throw malformed('it holds control characters, or half a character')
  const lines = signatures.map(({ name, keyId, bytes }) => {
    return `\u2014 ${name} ${Buffer.concat([Buffer.from(keyId, 'hex'), bytes]).toString('base64')}\n`
  })
  return `${text}\n${lines.join('')}`
}

/**
 * @param bytes - at most 65,536 unless the caller expects more, with at most 64 signatures
 * @throws AuditError NOTE_MALFORMED
 */
export function parseNote(bytes: Uint8Array, maxBytes = MAX_NOTE_BYTES): Note {
  if (bytes.length > maxBytes) throw malformed('it is too long')
  const note = Buffer.from(bytes).toString('utf8')
  if (!Buffer.from(note).equals(bytes)) throw malformed('it is not UTF-8')
  if (CONTROL.test(note)) throw malformed('it holds control characters')
  const split = note.lastIndexOf('\n\n')
  if (split < 0) throw malformed('no empty line parts text and signatures')
  const lines = note.slice(split + 2).split('\n')
  if (lines.pop() !== '' || lines.length === 0) throw malformed('it has no signature, or does not end in a line feed')
  if (lines.length > MAX_SIGNATURES) throw malformed('it has too many signatures')
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) }
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? []
  const bytes = decodeBase64(encoded)
  if (name === '' || bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw malformed('a signature line is not as it should be')
  }
  return { name, keyId: bytes.subarray(0, KEY_ID_BYTES).toString('hex'), bytes: bytes.subarray(KEY_ID_BYTES) }
}

/** Whether a signature that bears this key's name and ID is right by the rules of the key's type. */
type VerifySignature = (key: VerifierKey, signature: NoteSignature) => boolean

/**
 * The signatures by the keys given; others are passed over, "even if they share a name or ID (but not both)".
 * @param verifies - without it, keys of type 0x01 alone can be right
 * @returns one a key, so that nobody counts twice: the first, in the note's order
 * @throws AuditError NOTE_UNVERIFIED when any signature by a key given is wrong, or there is none
 */
export function verifySignatures(
  note: Note,
  keys: readonly VerifierKey[],
  verifies: VerifySignature = (key, { bytes }) =>
    key.type === NOTE_KEY && verify(null, Buffer.from(note.text), key.key, bytes),
): Map<VerifierKey, NoteSignature> {
  const known = new Map<VerifierKey, NoteSignature>()
  for (const signature of note.signatures) {
    const key = keys.find(({ name, keyId }) => name === signature.name && keyId === signature.keyId)
    if (key === undefined) continue
    if (!verifies(key, signature)) throw new AuditError('NOTE_UNVERIFIED', `the signature of ${key.name} is wrong`)
    if (!known.has(key)) known.set(key, signature)
  }
  if (known.size === 0) throw new AuditError('NOTE_UNVERIFIED', 'the note is not signed by a key that is known here')
  return known
}

/** Strictly standard base64: one text for one value. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function malformed(why: string): AuditError {
  return new AuditError('NOTE_MALFORMED', `not a signed note: ${why}`)
}
