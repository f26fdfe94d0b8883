import type { About, Said } from '@branchline/core'
import { tellEarlier } from '../earlier.ts'
import { isBlank } from '../next-word.ts'
import { addressed, conversationOf, numbered, textOf, type Talk, usage, type Verb, type Verbs } from '../verb.ts'
import { waitingIn, wordsIn } from '../waiting.ts'

/** Messages that are shown again, where no number is given. */
const LAST = 10
/** What is listed at once. */
const MAX_LISTED = 20

async function reply(talk: Talk, line: Uint8Array): Promise<void> {
  const { said, rest } = await numbered(talk, line, 'say /reply N text')
  if (isBlank(rest)) throw usage('say /reply N text')
  const place = talk.places.of(said)
  talk.turnTo(place)
  await talk.posts.post(place, { text: rest, about: { type: 'reply', to: said.id } })
}

/** `/pass 7 @Cy`, `/pass 7 #reference what I say to it` */
async function pass(talk: Talk, line: Uint8Array): Promise<void> {
  const how = 'say /pass N @name, and a text if you like'
  const { said, rest: to } = await numbered(talk, line, how)
  const { place, rest } = await addressed(talk, to)
  const text = isBlank(rest) ? undefined : rest
  const { messenger } = talk.session
  const about: About = { type: 'pass-on', of: said.id }
  await talk.posts.track(place, about, text ?? '', async () => {
    return messenger.passOn({ id: said.id, seq: said.seq }, place.where, { ...place.options, text })
  })
}

async function edit(talk: Talk, line: Uint8Array): Promise<void> {
  const { said, rest } = await numbered(talk, line, 'say /edit N and the whole new text')
  if (isBlank(rest)) throw usage('say /edit N and the whole new text; /retract N takes it back')
  await changeOwn(talk, said, { type: 'edit', of: said.id }, rest)
}

async function retract(talk: Talk, line: Uint8Array): Promise<void> {
  const { said } = await numbered(talk, line, 'say /retract N')
  await changeOwn(talk, said, { type: 'retract', of: said.id })
}

async function changeOwn({ places, posts }: Talk, said: Said, about: About, text?: Uint8Array): Promise<void> {
  if (!said.own) throw usage('only its author can change a message or take it back')
  await posts.post(places.of(said), { text, about })
}

async function urgent(talk: Talk, line: Uint8Array): Promise<void> {
  const { place, rest } = await addressed(talk, line)
  if (isBlank(rest)) throw usage('say /urgent #room text, or /urgent @name text')
  await talk.posts.post(place, { text: rest, about: { type: 'urgent' } })
}

async function ok(talk: Talk, line: Uint8Array): Promise<void> {
  const { said } = await numbered(talk, line, 'say /ok N, with the number of the urgent message')
  if (said.own) throw usage('that is a message of your own; /roll N tells who has acknowledged it')
  const { id, from, conversation } = said
  await talk.session.messenger.mark([{ id, from, conversation: conversationOf(conversation) }], 'acknowledged')
  const { name } = talk.places.people.who(said.from)
  talk.view({ event: 'notice', text: `[${talk.numbers.of(said.id)}] is acknowledged; ${name} is told so.` })
}

/** How far a message of ours is with each of those whom it is for; of an urgent one that is the roll-call. */
const states: Verb = async (talk, line) => {
  const { said } = isBlank(line) ? { said: await lastOwn(talk) } : await numbered(talk, line, 'say /states N')
  if (!said.own) throw usage('that is not a message of yours')
  const views = await (await talk.past.now()).states(said.id)
  talk.view({
    event: 'states',
    n: talk.numbers.of(said.id),
    id: said.id,
    place: talk.places.of(said).label,
    words: wordsIn(said),
    states: views.map((each) => ({ ...each, name: talk.places.people.who(each.peer).name })),
  })
}

async function lastOwn({ past, posts }: Talk): Promise<Said> {
  const said = posts.last === undefined ? undefined : await (await past.now()).message(posts.last)
  if (said === undefined) throw usage('you have said nothing yet; say /states N')
  return said
}

const missing: Verb = async (talk) => {
  const messages = await waitingIn(talk)
  const more = Math.max(0, messages.length - MAX_LISTED)
  talk.view({ event: 'missing', messages: messages.slice(0, MAX_LISTED), more })
}

/** `/last`, `/last 20`, `/last 20 #reference` */
const last: Verb = async (talk, line) => {
  const [, digits, rest = ''] = /^(\d{1,3})?\s*(.*)$/su.exec(textOf(line)) ?? []
  const { place } = await addressed(talk, Buffer.from(rest === '' || /^[@#+]/.test(rest) ? rest : `@${rest}`))
  const limit = digits === undefined ? LAST : Number(digits)
  const conversation = typeof place.where === 'string' ? place.where : (place.where.conversation ?? '')
  const page = await (await talk.past.now()).read(conversation, { limit })
  if (page.length === 0) talk.view({ event: 'notice', text: `Nothing was said with ${place.label} yet.` })
  for (const said of page) tellEarlier(talk, said)
}

export const messageVerbs: Verbs = { reply, pass, edit, retract, urgent, ok, states, roll: states, missing, last }
