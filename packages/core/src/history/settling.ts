import type { Hash } from '@branchline/audit-sink'
import { depthOf } from '../content/thread-order.ts'
import type { Draft } from './draft.ts'
import { factsOf } from './facts.ts'
import * as keys from './keys.ts'
import { isAlert, isToRead, type Row } from './row.ts'

/** Puts right, at the end of a piece, what rests on messages that have come late or whose words are gone. */
export class Settling {
  readonly #self: string
  readonly #draft: Draft
  /** IDs to look at again, each with whether all that come after it are, too. */
  readonly #queue = new Map<Hash, boolean>()

  constructor(self: string, draft: Draft) {
    this.#self = self
    this.#draft = draft
  }

  /** Something names a message that is not there. */
  await(id: Hash): void {
    this.#draft.put(keys.messageKey(id), keys.AWAITED)
  }

  /** A message has come that others named before. */
  come(id: Hash): void {
    this.#queue.set(id, true)
  }

  /** Something of a message is erased. */
  changed({ id, own, deed }: Row): void {
    this.#add(id)
    if (!own || deed.type !== 'mark') return
    for (const named of [...deed.read, ...deed.acknowledged]) this.#add(named)
  }

  #add(id: Hash): void {
    if (!this.#queue.has(id)) this.#queue.set(id, false)
  }

  async settle(): Promise<void> {
    for (const [id, withLater] of this.#queue) {
      this.#queue.delete(id)
      const row = this.#draft.row(id)
      if (row === undefined) continue
      const isDeeper = this.#deepen(row)
      if (isDeeper || withLater) {
        for (const key of await this.#draft.keysUnder(keys.laterThan(id))) this.#add(keys.idAtEnd(key))
      }
      await this.#settleMarks(row)
    }
  }

  #deepen(row: Row): boolean {
    const depth = depthOf(row.after, (id) => {
      const before = this.#draft.row(id)
      return before?.conversation === row.conversation ? before.depth : undefined
    })
    if (depth === row.depth) return false
    for (const [key] of factsOf(row)) this.#draft.delete(key)
    const deeper = { ...row, depth }
    this.#draft.setRow(deeper)
    for (const [key, value] of factsOf(deeper)) this.#draft.put(key, value)
    return true
  }

  async #settleMarks(row: Row): Promise<void> {
    if (row.own) return
    const { id, conversation, seq } = row
    const isOpen = async (mark: keys.Mark): Promise<boolean> =>
      (await this.#draft.keysUnder(keys.marksBy(id, mark, conversation, this.#self))).length === 0
    this.#set(keys.unreadKey(conversation, id), '', isToRead(row) && (await isOpen('r')))
    this.#set(keys.alertKey(seq), id, isAlert(row) && (await isOpen('a')))
  }

  #set(key: string, value: string, isThere: boolean): void {
    if (isThere) this.#draft.put(key, value)
    else this.#draft.delete(key)
  }
}
