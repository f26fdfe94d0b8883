import type { Said } from '@branchline/core'
import { brief } from './brief.ts'
import type { Waiting } from './events.ts'
import type { Past } from './past.ts'
import type { Talk } from './verb.ts'
import { wordsOf } from './words-of.ts'

interface Undelivered {
  readonly seq: number
  readonly time: number
  readonly peers: readonly string[]
  readonly said: Said
}

/** Messages that somebody has not got yet, in the order of the log, each with whom it waits for. */
export async function undeliveredIn(past: Past): Promise<Undelivered[]> {
  const history = await past.now()
  const missing = new Map<string, { readonly seq: number; readonly time: number; readonly peers: string[] }>()
  for await (const { id, seq, time, peer } of history.undelivered()) {
    const known = missing.get(id)
    if (known === undefined) missing.set(id, { seq, time, peers: [peer] })
    else known.peers.push(peer)
  }
  const found: Undelivered[] = []
  for (const [id, waits] of missing) {
    const said = await history.message(id)
    // Nobody waits for a mark, or for the answer to an offer.
    if (said === undefined || said.about.type === 'mark' || said.about.type === 'file-answer') continue
    found.push({ ...waits, said })
  }
  return found.toSorted((a, b) => a.seq - b.seq)
}

export async function waitingIn({ past, numbers, places }: Talk): Promise<Waiting[]> {
  const found = await undeliveredIn(past)
  return found.map(({ time, peers, said }) => ({
    n: numbers.of(said.id),
    id: said.id,
    time,
    place: places.of(said).label,
    words: wordsIn(said),
    missing: peers.map((peer) => places.people.who(peer)),
  }))
}

/** What a message says, or said before it was taken back; the beginning of it. */
export function wordsIn({ about, text, original }: Said): string {
  return brief(wordsOf({ about, text: text ?? original ?? '' }) ?? '')
}
