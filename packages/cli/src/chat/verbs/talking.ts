import { randomBytes } from 'node:crypto'
import type { OwnPresence } from '@branchline/core'
import { HELP } from '../help.ts'
import { isBlank, nextWord } from '../next-word.ts'
import { parseAddress, written } from '../parse-line.ts'
import { type Talk, textOf, usage, type Verb, type Verbs } from '../verb.ts'

/** Nothing can be added to it: a word that is not on record must not seem to have been said. */
const presence =
  (state: OwnPresence): Verb =>
  async ({ session, view }, rest) => {
    if (!isBlank(rest)) throw usage(`/${state} takes no words: nothing of it goes on record`)
    session.messenger.presence(state)
    view({ event: 'self', presence: state })
  }

/** `/to bea`, `/to #reference`, `/to "Reference desk"` */
async function to({ places, turnTo, view }: Talk, rest: Uint8Array): Promise<void> {
  const text = textOf(rest)
  if (text === '') throw usage('say with whom: /to name, /to #room, /to +group')
  const address = parseAddress(Buffer.from(text))
  const name = nextWord(Buffer.from(text))
  const place = await places.find(address?.to ?? { sign: '@', name: name?.isQuoted === true ? name.word : text })
  turnTo(place)
  view({ event: 'to', place: place.label })
}

/** `/group "Van crew" @bea @cy` */
async function group({ places, posts, turnTo, view }: Talk, rest: Uint8Array): Promise<void> {
  const { word: name = '', rest: people = rest } = nextWord(rest) ?? {}
  const peers: string[] = []
  for (let more = people; !isBlank(more); ) {
    const address = parseAddress(Buffer.from(textOf(more)))
    if (address?.to.sign !== '@') throw usage('say /group NAME @one @two')
    peers.push(places.people.find(address.to.name).peer)
    more = address.rest
  }
  if (name === '' || peers.length === 0) throw usage('say /group NAME @one @two')
  const conversation = `+${randomBytes(16).toString('hex')}`
  const place = { where: { conversation, peers }, options: {}, label: written({ sign: '+', name }) }
  await posts.post(place, { about: { type: 'group', name } })
  places.name(conversation, name)
  turnTo(place)
  view({ event: 'to', place: place.label })
}

export const talkingVerbs: Verbs = {
  to,
  group,
  here: presence('here'),
  busy: presence('busy'),
  away: presence('away'),
  who: async ({ session, view }) => view({ event: 'who', colleagues: session.messenger.colleagues() }),
  help: async ({ view }) => view({ event: 'notice', text: HELP }),
  quit: async () => 'quit',
}
