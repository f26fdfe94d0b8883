import type { Hash } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import type { Offer } from './ledger.ts'
import type { FileStore } from './store.ts'

type Sized = Pick<Offer, 'id' | 'size'>

/** What files may take on the disk, all together: whatever is promised counts as if it were there (spec/files.md section 4). */
export class Room {
  readonly #store: FileStore
  readonly #most: number
  readonly #promised = new Map<Hash, number>()
  #last: Promise<unknown> = Promise.resolve()

  /** @param most - bytes */
  constructor(store: FileStore, most: number) {
    this.#store = store
    this.#most = most
  }

  /**
   * Until it is disposed of there is room for a file, for however much of it is there already.
   * @throws MessengerError FILE_QUOTA_REACHED, FILE_STORE_FAILED
   */
  async take({ id, size }: Sized): Promise<Disposable> {
    // One after the other: of two for one of whom there is room, one gets it.
    const taking = this.#promise({ id, size }, this.#last)
    this.#last = taking.catch(() => undefined)
    await taking
    return { [Symbol.dispose]: () => void this.#promised.delete(id) }
  }

  async #promise(file: Sized, before: Promise<unknown>): Promise<void> {
    await before
    const others = [...this.#promised].map(([id, size]) => ({ id, size }))
    await this.assertFits(file, others)
    this.#promised.set(file.id, file.size)
  }

  /**
   * @param others - are to come, too
   * @throws MessengerError FILE_QUOTA_REACHED, FILE_STORE_FAILED
   */
  async assertFits(file: Sized, others: readonly Sized[]): Promise<void> {
    const coming = new Map([...others, file].map(({ id, size }) => [id, size]))
    const held = await this.#store.held(new Set(coming.keys()))
    const bytes = [...coming.values()].reduce((sum, size) => sum + size, held)
    if (bytes <= this.#most) return
    const message = `with this file the folder for files would hold ${bytes} bytes, and may hold ${this.#most}`
    throw new MessengerError('FILE_QUOTA_REACHED', message)
  }
}
