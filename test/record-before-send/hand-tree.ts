import { createHash } from 'node:crypto'

/** RFC 6962 section 2.1, as it is written there; complete subtrees are hashed once. */
export class HandTree {
  readonly #leaves: Buffer[] = []
  readonly #complete = new Map<string, Buffer>()

  add(leaf: string): void {
    this.#leaves.push(Buffer.from(leaf, 'hex'))
  }

  get size(): number {
    return this.#leaves.length
  }

  /** MTH of the leaves from `start` up to but without `end`. */
  root(start = 0, end = this.size): Buffer {
    if (end - start === 1) return this.#leaves[start] as Buffer
    const key = `${start} ${end}`
    const known = this.#complete.get(key)
    if (known !== undefined) return known
    const middle = start + split(end - start)
    const hash = createHash('sha256').update(Uint8Array.of(1)).update(this.root(start, middle))
    const root = hash.update(this.root(middle, end)).digest()
    if (Number.isInteger(Math.log2(end - start))) this.#complete.set(key, root)
    return root
  }

  /** PATH(index, D[start:end]). */
  inclusion(index: number, start = 0, end = this.size): Buffer[] {
    if (end - start === 1) return []
    const middle = start + split(end - start)
    return index < middle
      ? [...this.inclusion(index, start, middle), this.root(middle, end)]
      : [...this.inclusion(index, middle, end), this.root(start, middle)]
  }

  /** PROOF(from, D), beginning with the older root also where the RFC leaves that out. */
  consistency(from: number): Buffer[] {
    if (from === 0 || from === this.size) return []
    const path = this.#subproof(from, 0, this.size, true)
    return Number.isInteger(Math.log2(from)) ? [this.root(0, from), ...path] : path
  }

  #subproof(from: number, start: number, end: number, isKnown: boolean): Buffer[] {
    if (from === end) return isKnown ? [] : [this.root(start, end)]
    const middle = start + split(end - start)
    return from <= middle
      ? [...this.#subproof(from, start, middle, isKnown), this.root(middle, end)]
      : [...this.#subproof(from, middle, end, false), this.root(start, middle)]
  }
}

/** The largest power of two below `count`. */
function split(count: number): number {
  let k = 1
  while (k * 2 < count) k *= 2
  return k
}
