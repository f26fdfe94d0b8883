import { written } from '../parse-line.ts'
import { isBlank, nextWord } from '../next-word.ts'
import type { Desk } from '../places.ts'
import { type Talk, textOf, usage, type Verb, type Verbs } from '../verb.ts'

const HOW = 'say /desk on, /desk off or /desk over NAME; with several desks the name of the desk after it'

/** `/desk on`, `/desk off`, `/desk over bea`; with the name of the desk where there are several. Alone: who sits there. */
const desk: Verb = async (talk, line) => {
  if (isBlank(line)) return tellAll(talk)
  const { word: step, rest } = nextWord(line) ?? { word: '', rest: line }
  if (step === 'on' || step === 'off') {
    const place = deskCalled(talk, textOf(rest))
    await talk.posts.post(place, { about: { type: 'desk', step } })
    return tell(talk, place)
  }
  const to = step === 'over' ? nextWord(rest) : undefined
  if (to === undefined) throw usage(HOW)
  const place = deskCalled(talk, textOf(to.rest))
  const { peer } = talk.places.people.find(to.word.replace(/^@/, ''))
  if (!talk.sitting.maySit(peer, place.name))
    throw usage(`the roster does not let ${talk.places.people.who(peer).name} sit there`)
  await talk.posts.post(place, { about: { type: 'desk', step: 'hand-over', to: peer } })
  return tell(talk, place)
}

function deskCalled({ places }: Talk, name: string): Desk {
  const own = places.ownDesks()
  if (own.length === 0) throw usage('the roster gives you no desk; the director can: branchline library add')
  const wanted = name.replace(/^@/, '').replaceAll('"', '').toLowerCase()
  const found = name === '' ? own : own.filter((each) => each.toLowerCase().startsWith(wanted))
  const [one, ...others] =
    found.filter((each) => each.toLowerCase() === wanted).length === 1
      ? found.filter((each) => each.toLowerCase() === wanted)
      : found
  if (one === undefined || others.length > 0) {
    throw usage(`say which desk; yours are ${own.map((each) => written({ sign: '@', name: each })).join(', ')}`)
  }
  return places.desk(one)
}

async function tell(talk: Talk, place: Desk): Promise<void> {
  const staff = (await talk.sitting.staffOf(place.name)).map((peer) => talk.places.people.who(peer))
  talk.view({ event: 'desk', desk: place.label, staff })
  await talk.sitting.look()
}

async function tellAll(talk: Talk): Promise<void> {
  const desks = talk.places.desks()
  if (desks.length === 0) throw usage('the roster has no desks; the director can give some: branchline library add')
  for (const each of desks) await tell(talk, talk.places.desk(each))
}

export const deskVerbs: Verbs = { desk }
