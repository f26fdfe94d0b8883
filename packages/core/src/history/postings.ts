import type { Draft } from './draft.ts'
import { bucketOf, postingKey, PRESS_KEY } from './keys.ts'

/** Which messages hold a word, as one piece of the log changes it. */
export class Postings {
  readonly #draft: Draft
  readonly #lists = new Map<string, number[]>()

  constructor(draft: Draft) {
    this.#draft = draft
  }

  add(seq: number, words: Iterable<string>): void {
    const bucket = bucketOf(seq)
    for (const word of words) this.#list(word, bucket).push(seq - bucket)
  }

  /** Nothing is left of the words. */
  remove(seq: number, words: Iterable<string>): void {
    const bucket = bucketOf(seq)
    for (const word of words) {
      const list = this.#list(word, bucket)
      const at = list.indexOf(seq - bucket)
      if (at >= 0) list.splice(at, 1)
    }
    if (seq < this.#draft.from) this.#draft.put(PRESS_KEY, '')
  }

  #list(word: string, bucket: number): number[] {
    const key = postingKey(word, bucket)
    let list = this.#lists.get(key)
    if (list === undefined) {
      list = bucket >= this.#draft.from ? [] : parseList(this.#draft.stored(key))
      this.#lists.set(key, list)
    }
    return list
  }

  settle(): void {
    for (const [key, list] of this.#lists) {
      if (list.length === 0) this.#draft.delete(key)
      else this.#draft.put(key, list.join())
    }
  }
}

export function parseList(text: string | undefined): number[] {
  return text === undefined || text === '' ? [] : text.split(',').map(Number)
}
