import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bed } from './bed.ts'
import { ask, type Staff } from './staff.ts'

const PIECE_BYTES = 1_048_576
const OFFER_MS = 30_000

export interface Original {
  readonly path: string
  readonly sha256: string
}

/** A file of random bytes. */
export async function original(folder: string, bytes: number): Promise<Original> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'atlas.pdf')
  const hash = createHash('sha256')
  const file = await open(path, 'w')
  for (let left = bytes; left > 0; left -= PIECE_BYTES) {
    const piece = randomBytes(Math.min(left, PIECE_BYTES))
    hash.update(piece)
    await file.write(piece)
  }
  await file.close()
  return { path, sha256: hash.digest('hex') }
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('hex')
}

export const filesOf = (one: Staff): string => join(one.folder, 'files')

/** @returns message ID of the offer, which is on record at the other end */
export async function offer(from: Staff, to: Staff, path: string): Promise<string> {
  const id = await ask<string>(from.program, 'offer', { to: to.peer, path }, OFFER_MS)
  await to.program.until('file-offered', ({ file }) => file.id === id)
  return id
}

export async function accept(one: Staff, id: string): Promise<void> {
  await ask(one.program, 'accept', { id })
}

export async function decline(one: Staff, id: string): Promise<void> {
  await ask(one.program, 'decline', { id })
}

/** Resolves when so much of a file is there, as their process tells. */
export async function hasCome(one: Staff, bytes: number, timeoutMs?: number): Promise<void> {
  await one.program.until('file-progress', ({ file }) => file.bytes >= bytes, timeoutMs)
}

/** All bytes that came to a host by its first cable since it was laid. */
export async function cameBy(bed: Bed, { name }: Staff): Promise<number> {
  return Number(await bed.host(name).does('cat', '/sys/class/net/eth0/statistics/rx_bytes'))
}
