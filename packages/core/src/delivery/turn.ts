/** One message among those of its turn. */
export interface Place {
  readonly turn: Turn
  readonly number: number
}

/**
 * What a peer sends on the streams that it has open at one time. When one message of it is to come again, no later one of
 * the same turn is taken: so none overtakes it, on whatever stream it comes.
 */
export class Turn {
  #next = 0
  #end = Number.POSITIVE_INFINITY

  get isOver(): boolean {
    return this.#end !== Number.POSITIVE_INFINITY
  }

  enter(): Place {
    return { turn: this, number: this.#next++ }
  }

  /** @param number - the first that is not taken any more */
  end(number: number): void {
    this.#end = Math.min(this.#end, number)
  }

  /** Whether one before it is to come again. */
  isOverAt({ number }: Place): boolean {
    return number >= this.#end
  }
}

/** The turns of all peers; one that is over is followed by another, for the streams that are opened after that. */
export class Turns {
  readonly #current = new Map<string, Turn>()

  of(peer: string): Turn {
    const turn = this.#current.get(peer) ?? new Turn()
    this.#current.set(peer, turn)
    return turn
  }

  /** A message is to come again; in a turn that has begun since it may have, and its place there is not known. */
  end(peer: string, { turn, number }: Place): void {
    const current = this.#current.get(peer)
    if (current !== turn) current?.end(0)
    turn.end(number)
    this.#current.delete(peer)
  }
}
