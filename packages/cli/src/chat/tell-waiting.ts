import type { Talk } from './verb.ts'
import { waitingIn } from './waiting.ts'

/**
 * Tells of what still waits, to be recorded or for somebody, if anything does.
 * @param before - milliseconds since 1970: only what was recorded before that
 */
export async function tellWaiting(talk: Talk, before = Number.POSITIVE_INFINITY): Promise<void> {
  const queued = talk.session.messenger.queued().length
  if (queued > 0)
    talk.view({ event: 'notice', text: `${queued} of your messages could not be recorded yet, and wait here.` })
  const waiting = (await waitingIn(talk)).filter(({ time }) => time < before)
  if (waiting.length === 0) return
  const counts = Map.groupBy(
    waiting.flatMap(({ missing }) => missing),
    ({ peer }) => peer,
  )
  const people = [...counts].map(([peer, all]) => ({
    peer,
    name: talk.places.people.who(peer).name,
    count: all.length,
  }))
  talk.view({ event: 'waiting', count: waiting.length, for: people.toSorted((a, b) => b.count - a.count) })
}
