import { reasonOf } from '../errors.ts'
import { leafHash } from '../hash.ts'
import type { StoredEntry } from '../store.ts'
import { TILE_WIDTH, TiledTree } from '../tlog/tiled-tree.ts'
import { type LaidTile, partialTiles, tilePath } from './layout.ts'
import { readBounded } from './tile-files.ts'

/** Makes the tiles anew from the entries and holds them against those in the folder, up to the first gap. */
export class TileCheck {
  readonly #folder: string
  readonly #tree = new TiledTree(async () => undefined)
  #gap = false
  #flaw: string | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  async add({ seq, line }: StoredEntry): Promise<void> {
    this.#gap ||= seq !== this.#tree.size
    if (this.#gap) return
    this.#tree.append(leafHash(line))
    for (const tile of this.#tree.takeComplete()) await this.#compare({ ...tile, width: TILE_WIDTH })
  }

  /** @returns what is wrong, in words */
  async finish(): Promise<string | undefined> {
    if (!this.#gap) for (const tile of await partialTiles(this.#tree)) await this.#compare(tile)
    return this.#flaw
  }

  async #compare({ level, index, width, hashes }: LaidTile): Promise<void> {
    const path = tilePath(level, index, width)
    try {
      const found = await readBounded(`${this.#folder}/${path}`, hashes.length)
      if (found?.equals(hashes) !== true) this.#flaw ??= `${path} is not there, or not what the entries give`
    } catch (thrown) {
      this.#flaw ??= reasonOf(thrown)
    }
  }
}
