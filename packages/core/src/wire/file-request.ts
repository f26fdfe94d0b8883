import type { Hash } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import { FILE_REQUEST_BYTES, FILE_TAKEN_BYTES, MAX_FILE_BYTES } from '../limits.ts'

/** What a peer asks for (spec/files.md section 2). */
export interface FileRequest {
  /** Message ID of the offer. */
  readonly offer: Hash
  /** Bytes of the file that are there already, from its beginning. */
  readonly offset: number
}

const HASH_BYTES = FILE_REQUEST_BYTES - FILE_TAKEN_BYTES

export function formatFileRequest({ offer, offset }: FileRequest): Uint8Array {
  return Buffer.concat([Buffer.from(offer, 'hex'), formatTaken(offset)])
}

/** @throws MessengerError FRAME_MALFORMED */
export function parseFileRequest(bytes: Buffer): FileRequest {
  if (bytes.length !== FILE_REQUEST_BYTES) throw malformed(`a request has ${FILE_REQUEST_BYTES} bytes`)
  return { offer: bytes.toString('hex', 0, HASH_BYTES), offset: parseTaken(bytes.subarray(HASH_BYTES)) }
}

export function formatTaken(taken: number): Uint8Array {
  const bytes = Buffer.alloc(FILE_TAKEN_BYTES)
  bytes.writeBigUInt64BE(BigInt(taken))
  return bytes
}

/** @throws MessengerError FRAME_MALFORMED */
export function parseTaken(bytes: Buffer): number {
  if (bytes.length !== FILE_TAKEN_BYTES) throw malformed(`a length has ${FILE_TAKEN_BYTES} bytes`)
  const taken = bytes.readBigUInt64BE()
  if (taken > BigInt(MAX_FILE_BYTES)) throw malformed('no file is that long')
  return Number(taken)
}

function malformed(why: string): MessengerError {
  return new MessengerError('FRAME_MALFORMED', `a peer asks for no file: ${why}`)
}
