import type { Marked, Said } from '@branchline/core'
import type { History } from './past.ts'
import { shownOrigin } from '../shown-origin.ts'
import { conversationOf, named, type Talk } from './verb.ts'

/** What is shown at once of what was not read. */
const MAX_UNREAD = 30
/** What counts as unread until it is marked. */
const TO_READ = new Set<Said['about']['type']>(['text', 'reply', 'urgent', 'pull', 'file', 'pass-on'])

/** Shows a message that the log holds, as it reads now. */
export function tellEarlier({ view, numbers, places, session }: Talk, said: Said): void {
  const { id, seq, conversation, from, to, as, sentAt, recordedAt, about } = said
  const of = named(about)
  view({
    event: 'message',
    n: numbers.of(id),
    seq,
    of: of === undefined ? undefined : numbers.shown(of),
    id,
    from,
    name: from === session.messenger.peerId ? session.messenger.name : places.people.who(from).name,
    conversation: conversationOf(conversation),
    to,
    as,
    after: [],
    about,
    origin: said.origin && shownOrigin(said.origin, session.roster),
    text: said.isRetracted ? '(taken back)' : (said.text ?? ''),
    sentAt,
    receivedAt: recordedAt,
    isEarlier: true,
    isForDesk: false,
  })
}

/**
 * Shows what came before this session and was not read here: a chat may have ended between the record of a message and
 * its showing.
 * @param startedAt - milliseconds since 1970; what came since then is shown as it comes
 * @param onShown - told of each, so that it is marked as read
 */
export async function tellUnread(talk: Talk, startedAt: number, onShown: (message: Marked) => void): Promise<void> {
  const history = await talk.past.now()
  const unread: Said[] = []
  for (const { conversation, unread: count } of await history.conversations()) {
    if (count > 0) unread.push(...(await unreadIn(history, conversation, Math.min(count, MAX_UNREAD))))
  }
  const earlier = unread.filter(({ id, recordedAt }) => recordedAt < startedAt && talk.numbers.shown(id) === undefined)
  const shown = earlier.toSorted((a, b) => a.seq - b.seq).slice(-MAX_UNREAD)
  if (shown.length === 0) return
  const more = earlier.length > shown.length ? `; the newest ${shown.length} are these, /last shows others` : ''
  talk.view({ event: 'notice', text: `${earlier.length} earlier messages were not read here${more}:` })
  for (const said of shown) {
    tellEarlier(talk, said)
    onShown({ id: said.id, from: said.from, conversation: conversationOf(said.conversation) })
  }
}

/** The newest of others: a mark names what was shown, and that is read from the oldest on. */
async function unreadIn(history: History, conversation: string, count: number): Promise<Said[]> {
  const page = await history.read(conversation)
  return page.filter(({ own, about }) => !own && TO_READ.has(about.type)).slice(-count)
}
