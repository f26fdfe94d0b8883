import { hash, randomFillSync } from 'node:crypto'
import { HEX, isOf } from './characters.ts'
import { HASH_DIGITS, SALT_BYTES } from './limits.ts'

/** SHA-256 as 64 lower-case hex digits. */
export type Hash = string

export function isHash(value: unknown): value is Hash {
  return typeof value === 'string' && value.length === HASH_DIGITS && isOf(value, HEX)
}

const HASH_BYTES = HASH_DIGITS / 2
const NODE_BYTES = 1 + 2 * HASH_BYTES

// One scratch buffer serves all hashing: the functions below are synchronous and never re-entered. Views of it are kept,
// since making one costs a fifth of what hashing a record does.
const scratch = Buffer.alloc(4_096)
const views: Buffer[] = []

function scratchOf(length: number): Buffer {
  if (length > scratch.length) return Buffer.allocUnsafe(length)
  return (views[length] ??= scratch.subarray(0, length))
}

/** Leaf hash of a record's line: SHA-256(0x00 ‖ line) (spec/audit-log.md section 5; RFC 6962 section 2.1). */
export function leafHash(line: Uint8Array): Hash {
  const preimage = scratchOf(line.length + 1)
  preimage[0] = 0
  preimage.set(line, 1)
  return hash('sha256', preimage, 'hex')
}

/** Hash of an inner node of the tree: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 section 2.1). */
export function nodeHash(left: Hash, right: Hash): Hash {
  const preimage = scratchOf(NODE_BYTES)
  preimage[0] = 1
  preimage.write(left, 1, 'hex')
  preimage.write(right, 1 + HASH_BYTES, 'hex')
  return hash('sha256', preimage, 'hex')
}

/** `prev` of a log's record 0 (section 5). */
export function genesisPrev(origin: string): Hash {
  return hash('sha256', `branchline/v1/genesis\0${origin}`, 'hex')
}

const PAYLOAD_DOMAIN = Buffer.from('branchline/v1/payload\0')

/**
 * Commitment to a payload: SHA-256(domain ‖ salt ‖ u8(length of label) ‖ label ‖ payload) (section 4).
 * @param salt - exactly 32 bytes
 * @param label - ASCII
 */
export function commitmentOf(salt: Uint8Array, label: string, payload: Uint8Array): Hash {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes, not ${salt.length}`)
  const named = PAYLOAD_DOMAIN.length + SALT_BYTES + 1
  const preimage = scratchOf(named + label.length + payload.length)
  preimage.set(PAYLOAD_DOMAIN)
  preimage.set(salt, PAYLOAD_DOMAIN.length)
  preimage[named - 1] = label.length
  preimage.write(label, named, 'latin1')
  preimage.set(payload, named + label.length)
  return hash('sha256', preimage, 'hex')
}

const SALTS_DRAWN_TOGETHER = 256
let drawn = Buffer.alloc(0)
let used = 0

/** 32 fresh random bytes; the system is asked for 256 salts at a time, and none is handed out twice. */
export function freshSalt(): Uint8Array {
  if (used === drawn.length) {
    drawn = randomFillSync(Buffer.allocUnsafeSlow(SALTS_DRAWN_TOGETHER * SALT_BYTES))
    used = 0
  }
  return drawn.subarray(used, (used += SALT_BYTES))
}
