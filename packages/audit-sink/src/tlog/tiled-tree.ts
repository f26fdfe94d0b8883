import { type Hash, nodeHash } from '../hash.ts'
import { EMPTY_ROOT, type TreeNodes } from './tree.ts'

/** Hashes of one tile (C2SP tlog-tiles): eight levels of the tree lie between it and the next. */
export const TILE_WIDTH = 256
export const TILE_HEIGHT = 8
export const TILE_BYTES = 32 * TILE_WIDTH
/** Complete tiles that are kept in memory with all their inner nodes: a proof needs few, and mostly the same. */
const CACHED_TILES = 32

/** As C2SP tlog-tiles has them. */
export interface CompleteTile {
  /** Of the tile: each of its hashes stands for 256^level leaves. */
  readonly level: number
  readonly index: number
  /** 8,192 bytes. */
  readonly hashes: Uint8Array
}

/** Reads a complete tile; undefined when it is not there. */
export type ReadTile = (level: number, index: number) => Promise<Uint8Array | undefined>

/** A tile with its inner nodes: row 0 has its hashes, row 8, once it is complete, the root of them all. */
type Rows = Hash[][]

/**
 * An RFC 6962 tree that grows by leaves: it holds the incomplete tiles, hands out the complete ones to be kept, and
 * reads those again when a proof needs them.
 */
export class TiledTree implements TreeNodes {
  readonly #readTile: ReadTile
  /** The incomplete tile of each level; the first is that of the leaves. */
  readonly #edge: Rows[] = []
  #size = 0
  #complete: CompleteTile[] = []
  readonly #cache = new Map<string, Rows>()

  constructor(readTile: ReadTile) {
    this.#readTile = readTile
  }

  /**
   * The tree as it was when it had this size: complete tiles are read, the rest is given.
   * @param leaves - those after the last complete tile of leaves
   * @throws Error when a tile is missing
   */
  static async restore(readTile: ReadTile, size: number, leaves: readonly Hash[]): Promise<TiledTree> {
    const tree = new TiledTree(readTile)
    const tiles = Math.floor(size / TILE_WIDTH)
    if (leaves.length !== size % TILE_WIDTH)
      throw new RangeError(`${leaves.length} leaves do not end a tree of ${size}`)
    let [count, level] = [tiles, 1]
    while (count > 0) {
      const first = count - (count % TILE_WIDTH)
      for (let index = first; index < count; index++) addTo(tree.#rows(level), await tree.#rootOf(level - 1, index))
      count = Math.floor(count / TILE_WIDTH)
      level += 1
    }
    tree.#size = tiles * TILE_WIDTH
    for (const leaf of leaves) tree.append(leaf)
    return tree
  }

  get size(): number {
    return this.#size
  }

  append(leaf: Hash): void {
    this.#size += 1
    let hash = leaf
    for (let level = 0; ; level++) {
      const rows = this.#rows(level)
      addTo(rows, hash)
      if ((rows[0] as Hash[]).length < TILE_WIDTH) return
      hash = rows[TILE_HEIGHT]?.[0] as Hash
      const index = Math.floor(this.#size / TILE_WIDTH ** (level + 1)) - 1
      this.#complete.push({ level, index, hashes: Buffer.from((rows[0] as Hash[]).join(''), 'hex') })
      this.#edge[level] = []
      // Until whoever keeps tiles has kept this one it cannot be read.
      this.#remember(level, index, rows)
    }
  }

  /** The tiles that have become complete since the last call. */
  takeComplete(): CompleteTile[] {
    const complete = this.#complete
    this.#complete = []
    return complete
  }

  /** Root over all leaves. */
  root(): Hash {
    let root: Hash | undefined
    for (const rows of this.#edge) {
      // From the right: of each row the last hash that has no sibling yet.
      for (const row of rows ?? []) {
        if (row.length % 2 === 1) root = root === undefined ? row.at(-1) : nodeHash(row.at(-1) as Hash, root)
      }
    }
    return root ?? EMPTY_ROOT
  }

  node(level: number, index: number): Hash | Promise<Hash> {
    const tileLevel = Math.floor(level / TILE_HEIGHT)
    const row = level % TILE_HEIGHT
    const perTile = TILE_WIDTH / 2 ** row
    const tile = Math.floor(index / perTile)
    const hashIn = (rows: Rows | undefined): Hash => {
      const hash = rows?.[row]?.[index % perTile]
      if (hash === undefined) throw new RangeError(`a tree of ${this.#size} has no node ${index} of level ${level}`)
      return hash
    }
    if (!this.#isComplete(tileLevel, tile)) return hashIn(this.#edge[tileLevel])
    const rows = this.#cache.get(`${tileLevel}.${tile}`)
    return rows === undefined ? this.#tile(tileLevel, tile).then(hashIn) : hashIn(rows)
  }

  #isComplete(level: number, index: number): boolean {
    return (index + 1) * TILE_WIDTH ** (level + 1) <= this.#size
  }

  #rows(level: number): Rows {
    const rows = this.#edge[level] ?? []
    this.#edge[level] = rows
    return rows
  }

  async #rootOf(level: number, index: number): Promise<Hash> {
    return (await this.#tile(level, index))[TILE_HEIGHT]?.[0] as Hash
  }

  #remember(level: number, index: number, rows: Rows): void {
    if (this.#cache.size === CACHED_TILES) this.#cache.delete(this.#cache.keys().next().value as string)
    this.#cache.set(`${level}.${index}`, rows)
  }

  async #tile(level: number, index: number): Promise<Rows> {
    const known = this.#cache.get(`${level}.${index}`)
    if (known !== undefined) return known
    const hashes = await this.#readTile(level, index)
    if (hashes?.length !== TILE_BYTES) throw new RangeError(`tile ${index} of level ${level} is not there`)
    const rows: Rows = []
    const text = Buffer.from(hashes).toString('hex')
    for (let at = 0; at < text.length; at += 64) addTo(rows, text.slice(at, at + 64))
    this.#remember(level, index, rows)
    return rows
  }
}

/** Adds a hash, and every inner node that is complete with it. */
function addTo(rows: Rows, hash: Hash): void {
  let node = hash
  for (let height = 0; ; height++) {
    const row = (rows[height] ??= [])
    row.push(node)
    if (row.length % 2 === 1) return
    node = nodeHash(row.at(-2) as Hash, node)
  }
}
