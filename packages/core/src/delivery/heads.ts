import type { Hash } from '@branchline/audit-sink'
import { MAX_AFTER } from '../limits.ts'

/** Rooms, desks and groups that are remembered; of one that is not, the next message comes after nothing. */
const MAX_CONVERSATIONS = 4_096

/** The newest messages of each conversation with several people, after which the next one comes (spec/content.md section 1). */
export class Heads {
  readonly #heads = new Map<string, readonly Hash[]>()

  /** At most four message IDs. */
  of(conversation: string): readonly Hash[] {
    return this.#heads.get(conversation) ?? []
  }

  /** A message is on record here, ours or another's. */
  take(conversation: string, id: Hash, after: readonly Hash[]): void {
    const others = this.of(conversation).filter((head) => head !== id && !after.includes(head))
    this.#heads.delete(conversation)
    this.#heads.set(conversation, [...others, id].slice(-MAX_AFTER))
    if (this.#heads.size > MAX_CONVERSATIONS) this.#heads.delete(this.#heads.keys().next().value as string)
  }
}
