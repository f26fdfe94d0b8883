import type { Talk } from './verb.ts'
import { waitingIn } from './waiting.ts'

/** Tells of what still waits, to be recorded or for somebody, if anything does. */
export async function tellWaiting(talk: Talk): Promise<void> {
  const queued = talk.session.messenger.queued().length
  if (queued > 0)
    talk.view({ event: 'notice', text: `${queued} of your messages could not be recorded yet, and wait here.` })
  const waiting = await waitingIn(talk)
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
