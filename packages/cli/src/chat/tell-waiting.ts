import type { Marked } from '@branchline/core'
import { conversationOf, type Talk } from './verb.ts'
import { waitingIn } from './waiting.ts'

/** Tells of what still waits for somebody, if anything does. */
export async function tellWaiting(talk: Talk): Promise<void> {
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

/**
 * Tells of urgent messages from before this session that nobody here has acknowledged.
 * @param startedAt - milliseconds since 1970; what came since then is told of as it comes
 */
export async function tellAlerts(talk: Talk, startedAt: number, onShown: (message: Marked) => void): Promise<void> {
  const { past, numbers, places, view } = talk
  const alerts = await (await past.now()).alerts()
  for (const said of alerts.filter(({ id, recordedAt }) => recordedAt < startedAt && numbers.shown(id) === undefined)) {
    const { id, from, text = '', sentAt, conversation } = said
    const place = conversationOf(conversation)
    view({ event: 'alert', n: numbers.of(id), id, from: places.people.who(from), place, text, sentAt, times: 0 })
    onShown({ id, from, conversation: place })
  }
}
