import { constants } from 'node:fs'
import { open, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { AuditError, reasonOf } from '../errors.ts'
import { type ENTRIES, tilePath } from './layout.ts'
import { TILE_WIDTH } from '../tlog/tiled-tree.ts'

/** Tiles of leaves for 2^53 records. */
const MAX_INDEX = 2 ** 45 - 1
const MAX_GROUPS = 5
const GROUP_BASE = 1_000
const FOLDER_OF_GROUP = /^x[0-9]{3}$/
const TILE = /^[0-9]{3}(?:\.p)?$/
const WIDTHS = /^[1-9][0-9]{0,2}$/
const ABSENT = new Set(['ENOENT', 'ENOTDIR'])

interface TileFile {
  readonly index: number
  /** What the name says, 1 to 256. */
  readonly width: number
  readonly bytes: Buffer
}

/** Places in which there is a tile or a bundle, as the names in the folder say: hostile folders may name any. */
export async function* tileIndexes(
  folder: string,
  level: number | typeof ENTRIES,
  order: 'rising' | 'falling',
): AsyncGenerator<number> {
  const lengths = Array.from({ length: MAX_GROUPS }, (_, n) => n + 1)
  const top = join(folder, 'tile', String(level))
  for (const groups of order === 'rising' ? lengths : lengths.toReversed()) yield* indexesBelow(top, groups, 0, order)
}

async function* indexesBelow(
  folder: string,
  groups: number,
  before: number,
  order: 'rising' | 'falling',
): AsyncGenerator<number> {
  const names = await namesIn(folder, groups === 1 ? TILE : FOLDER_OF_GROUP)
  const numbers = [...new Set(names.map((name) => Number(name.replace(/\D/g, ''))))].toSorted((a, b) => a - b)
  for (const number of order === 'rising' ? numbers : numbers.toReversed()) {
    const index = before * GROUP_BASE + number
    if (groups === 1) {
      if (index <= MAX_INDEX) yield index
    } else if (index > 0) {
      // An index has no leading groups of zeroes.
      yield* indexesBelow(join(folder, `x${String(number).padStart(3, '0')}`), groups - 1, index, order)
    }
  }
}

/**
 * The widest tile or bundle of a place.
 * @returns undefined when there is none
 * @throws AuditError AUDIT_STORE_FAILED when it cannot be read or has more than `maxBytes`
 */
export async function readTileFile(
  folder: string,
  level: number | typeof ENTRIES,
  index: number,
  maxBytes: number,
): Promise<TileFile | undefined> {
  const full = await readBounded(join(folder, tilePath(level, index, TILE_WIDTH)), maxBytes)
  if (full !== undefined) return { index, width: TILE_WIDTH, bytes: full }
  const names = await namesIn(join(folder, `${tilePath(level, index, TILE_WIDTH)}.p`), WIDTHS)
  const width = Math.max(0, ...names.map(Number).filter((each) => each < TILE_WIDTH))
  const bytes = width > 0 ? await readBounded(join(folder, tilePath(level, index, width)), maxBytes) : undefined
  return bytes && { index, width, bytes }
}

/**
 * @returns undefined when it is not there
 * @throws AuditError AUDIT_STORE_FAILED for what is no file, is too large, or cannot be read
 */
export async function readBounded(path: string, maxBytes: number): Promise<Buffer | undefined> {
  try {
    // Without O_NONBLOCK a pipe that lies where a file should be would be waited for.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const found = await handle.stat()
      if (!found.isFile()) throw new Error('it is no file')
      if (found.size > maxBytes) throw new Error(`it has ${found.size} bytes, and ${maxBytes} at most are right`)
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (ABSENT.has((cause as NodeJS.ErrnoException).code ?? '')) return undefined
    throw unreadable(path, cause)
  }
}

/** At most some thousand names fit a pattern of three digits; all others are passed over, however many. */
async function namesIn(folder: string, pattern: RegExp): Promise<string[]> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(folder)) if (pattern.test(name)) names.push(name)
  } catch (cause) {
    if (!ABSENT.has((cause as NodeJS.ErrnoException).code ?? '')) throw unreadable(folder, cause)
  }
  return names
}

function unreadable(path: string, cause: unknown): AuditError {
  return new AuditError('AUDIT_STORE_FAILED', `${path} cannot be read: ${reasonOf(cause)}`, { cause })
}
