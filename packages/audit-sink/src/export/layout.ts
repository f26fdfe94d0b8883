import { TILE_HEIGHT, TILE_WIDTH, type TiledTree } from '../tlog/tiled-tree.ts'

/*
 * Where things lie in an export (spec/audit-log.md section 11): the paths of C2SP tlog-tiles, and two files of ours.
 */

export const CHECKPOINT = 'checkpoint'
/** The head note, when it is not a checkpoint of the exported size. */
export const HEAD_NOTE = 'head-note'
export const PAYLOADS = 'payloads.jsonl'
export const ENTRIES = 'entries'

const LENGTH_BYTES = 2
const HASH_BYTES = 32

export interface LaidTile {
  readonly level: number
  readonly index: number
  /** 1 to 256 hashes. */
  readonly width: number
  readonly hashes: Uint8Array
}

/** `tile/<L>/<N>[.p/<W>]`, with N in groups of three digits: 1234067 is `x001/x234/067`. */
export function tilePath(level: number | typeof ENTRIES, index: number, width: number): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) as string[]
  const last = groups.pop() as string
  const partial = width === TILE_WIDTH ? '' : `.p/${width}`
  return ['tile', level, ...groups.map((group) => `x${group}`), last].join('/') + partial
}

/** Each line after its length, big-endian u16. */
export function encodeBundle(lines: readonly Uint8Array[]): Buffer {
  return Buffer.concat(lines.flatMap((line) => [Uint8Array.of(line.length >> 8, line.length & 0xff), line]))
}

/**
 * The lines of a bundle. One that runs over the end of the file is cut there, and what follows the last one belongs to
 * it: so it is seen, at its place, that the file is not as it was.
 * @param width - number of lines, as the name of the file says
 */
export function decodeBundle(bytes: Buffer, width: number): Buffer[] {
  const lines: Buffer[] = []
  for (let at = 0; lines.length < width && at < bytes.length; ) {
    const start = at + LENGTH_BYTES
    const end = start + (start <= bytes.length ? bytes.readUInt16BE(at) : 0)
    at = lines.length === width - 1 ? bytes.length : end
    lines.push(bytes.subarray(start, at))
  }
  return lines
}

/** The incomplete tiles of a tree, one a level at most. */
export async function partialTiles(tree: TiledTree): Promise<LaidTile[]> {
  const tiles: LaidTile[] = []
  for (let level = 0, hashes = tree.size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_WIDTH)) {
    const width = hashes % TILE_WIDTH
    if (width === 0) continue
    const first = hashes - width
    const bytes = Buffer.alloc(width * HASH_BYTES)
    for (let n = 0; n < width; n++) bytes.write(await tree.node(level * TILE_HEIGHT, first + n), n * HASH_BYTES, 'hex')
    tiles.push({ level, index: first / TILE_WIDTH, width, hashes: bytes })
  }
  return tiles
}
