import type { Answers } from './circuit-meter.ts'

/** What a relay can say of itself. No figure says who talks, or with whom. Counts are since the start. */
export interface RelayFigures {
  /** Held now, and left. */
  readonly places: { readonly held: number; readonly left: number }
  /** Answers to requests for a place. */
  readonly placesAsked: Answers
  readonly circuits: {
    readonly open: number
    /** Answers to requests for a circuit. */
    readonly asked: Answers
    /** Carried from those who opened circuits, and to them. */
    readonly bytes: { readonly fromOpeners: number; readonly toOpeners: number }
  }
  /** Open now. */
  readonly connections: number
  /** Who was turned away, by the code of docs/errors.md. */
  readonly refused: Readonly<Record<string, number>>
  readonly roster: { readonly serial: number; readonly members: number; readonly expiresAt: number }
}

/** How often somebody was turned away, by code. */
export class Refusals {
  readonly #counts = new Map<string, number>()

  note(code: string): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1)
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }
}
