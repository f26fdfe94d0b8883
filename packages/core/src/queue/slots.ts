import { hash } from 'node:crypto'
import { MAX_QUEUED_BYTES, QUEUE_FILE_BYTES } from '../limits.ts'

/*
 * The slots of the file of what waits to be recorded (spec/queue.md section 1).
 */

export const QUEUE_MAGIC = Buffer.from('branchline queue', 'latin1')
export const SLOT_HEAD_BYTES = 37
const LENGTH_BYTES = 4
const STATE_AT = 4
const HASH_AT = 5
const WAITING = 1
const DONE = 2

export interface Slot {
  /** Where it begins in the file. */
  readonly at: number
  readonly body: Uint8Array
}

export interface Slots {
  readonly waiting: readonly Slot[]
  /** Where the next is written. */
  readonly end: number
  /** Slots that were passed over. */
  readonly damaged: number
}

/** @param isBody - whether a body is of the form that it should have */
export function readSlots(file: Uint8Array, isBody: (body: Uint8Array) => boolean): Slots {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const waiting: Slot[] = []
  let end = QUEUE_MAGIC.length
  let [wrong, damaged] = [0, 0]
  for (let at = end; at + SLOT_HEAD_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const next = at + SLOT_HEAD_BYTES + length
    if (length === 0 || length > MAX_QUEUED_BYTES || next > bytes.length) break
    const body = bytes.subarray(at + SLOT_HEAD_BYTES, next)
    const isDone = bytes[at + STATE_AT] === DONE
    const isRight = !isDone && hashOf(body).equals(bytes.subarray(at + HASH_AT, at + SLOT_HEAD_BYTES)) && isBody(body)
    if (isRight) {
      waiting.push({ at, body })
      damaged += wrong
      wrong = 0
    }
    if (isRight || isDone) end = next
    else wrong += 1
    at = next
  }
  return { waiting, end: waiting.length === 0 ? QUEUE_MAGIC.length : end, damaged }
}

/** A waiting slot, and the length 0 after it where that fits the file. */
export function slotOf(body: Uint8Array, at: number): Uint8Array {
  const head = Buffer.alloc(SLOT_HEAD_BYTES)
  head.writeUInt32BE(body.length)
  head[STATE_AT] = WAITING
  hashOf(body).copy(head, HASH_AT)
  const slot = Buffer.concat([head, body])
  const room = Math.max(0, Math.min(LENGTH_BYTES, QUEUE_FILE_BYTES - at - slot.length))
  return Buffer.concat([slot, Buffer.alloc(room)])
}

/** What is written over a slot that is done, in this order. */
export function doneWrites({ at, body }: Slot): { readonly at: number; readonly bytes: Uint8Array }[] {
  return [
    { at: at + SLOT_HEAD_BYTES, bytes: Buffer.alloc(body.length) },
    { at: at + STATE_AT, bytes: Buffer.from([DONE]) },
  ]
}

function hashOf(body: Uint8Array): Buffer {
  return hash('sha256', body, 'buffer')
}
