import type { Stream, StreamMessageEvent } from '@libp2p/interface'
import { Hop } from '../wire/hop.ts'
import { FirstFrame } from './first-frame.ts'

/** What a client asks of a relay, and what the relay says to it (circuit relay v2, HopMessage). */
const ASKED: Readonly<Record<number, 'place' | 'circuit'>> = { 0: 'place', 1: 'circuit' }
const OK = 100
const MALFORMED = 400
const ANSWERS: Readonly<Record<number, string>> = {
  [OK]: 'ok',
  200: 'full',
  201: 'limit',
  202: 'not-permitted',
  203: 'not-reached',
  204: 'no-place',
  [MALFORMED]: 'malformed',
  401: 'unexpected',
}

/** How often each answer was given; every answer that there is, also those that were not given yet. */
export type Answers = Readonly<Record<string, number>>

/**
 * Counts what a relay is asked for and what it carries, on the streams by which clients ask it (each circuit is one of
 * them, for as long as it lasts). It counts, and keeps nothing: not who, nor to whom.
 */
export class CircuitMeter {
  readonly #answers = { place: noAnswers(), circuit: noAnswers() }
  readonly #circuits = new Set<Stream>()
  /** Of circuits: what came from those who opened them, and what went to them. */
  #fromOpeners = 0
  #toOpeners = 0

  get places(): Answers {
    return { ...this.#answers.place }
  }

  get circuits(): Answers {
    return { ...this.#answers.circuit }
  }

  get open(): number {
    return this.#circuits.size
  }

  get bytes(): { readonly fromOpeners: number; readonly toOpeners: number } {
    return { fromOpeners: this.#fromOpeners, toOpeners: this.#toOpeners }
  }

  /** From now on; a listener would take the stream's first bytes from whoever is to read them. */
  watch(hop: Stream): void {
    const [request, answer] = [new FirstFrame(), new FirstFrame()]
    let asked: 'place' | 'circuit' | undefined
    let isCircuit = false
    let hasAsked = false
    const dispatchEvent = hop.dispatchEvent.bind(hop)
    hop.dispatchEvent = (event) => {
      if (event.type === 'message') {
        const { data } = event as StreamMessageEvent
        hasAsked = true
        if (isCircuit) this.#fromOpeners += data.byteLength
        else asked ??= ASKED[read(request.take(data.subarray())).type ?? Number.NaN]
      }
      return dispatchEvent(event)
    }
    const send = hop.send.bind(hop)
    hop.send = (data) => {
      if (isCircuit) this.#toOpeners += data.byteLength
      else {
        const { status } = read(answer.take(data.subarray()))
        // Whoever gave up before the question was written has asked nothing, whatever the relay answers.
        isCircuit = hasAsked && this.#count(asked, status)
        // One that was given up before its answer came has closed already, and tells nobody any more.
        if (isCircuit && hop.status === 'open') this.#circuits.add(hop)
      }
      return send(data)
    }
    hop.addEventListener('close', () => this.#circuits.delete(hop), { once: true })
  }

  /** @returns whether a circuit is open now */
  #count(asked: 'place' | 'circuit' | undefined, status: number | undefined): boolean {
    if (status === undefined) return false
    const answers = this.#answers[asked ?? 'circuit']
    // libp2p answers so when anything fails, also after a question that it could read.
    const isOther = status === MALFORMED && asked !== undefined
    const answer = isOther ? 'other' : (ANSWERS[status] ?? 'other')
    answers[answer] = (answers[answer] ?? 0) + 1
    return asked === 'circuit' && status === OK
  }
}

function noAnswers(): Record<string, number> {
  return Object.fromEntries([...Object.values(ANSWERS), 'other'].map((answer) => [answer, 0]))
}

/** What cannot be read is for the relay itself to refuse. */
function read(frame: Uint8Array | undefined): Hop {
  try {
    return frame === undefined ? {} : Hop.decode(frame)
  } catch {
    return {}
  }
}
