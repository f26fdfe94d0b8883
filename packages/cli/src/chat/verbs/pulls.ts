import type { PullStep, PullView } from '@branchline/core'
import { brief } from '../brief.ts'
import type { Request } from '../events.ts'
import { isBlank, nextWord } from '../next-word.ts'
import { addressed, numbered, type Talk, textOf, usage, type Verb, type Verbs } from '../verb.ts'

const HOW = 'say /pull "title or call number" to Branch'
const OVER = new Set<PullView['state']>(['sent', 'cancelled'])

interface Wanted {
  readonly item: string
  readonly branch: string
  /** What is said with it. */
  readonly text: string | undefined
}

async function pull(talk: Talk, line: Uint8Array): Promise<void> {
  const { place, rest } = await addressed(talk, line)
  const { item, branch, text } = wantedIn(rest, branchesOf(talk), ownBranch(talk))
  await talk.posts.post(place, { text, about: { type: 'pull', item, branch } })
}

/**
 * `"item" to Branch`, or without quotes where no doubt is left; `to "Bookmobile"` for a place that is no branch on the
 * roster. Without a place it is picked up where one works.
 * @throws CliError USAGE
 */
export function wantedIn(rest: Uint8Array, branches: readonly string[], own: string): Wanted {
  const first = nextWord(rest)
  if (first === undefined) throw usage(HOW)
  if (first.isQuoted) {
    const more = textOf(first.rest)
    if (more === '') return { item: first.word, branch: own, text: undefined }
    const [, place] = /^to\s+(.+)$/su.exec(more) ?? []
    if (place === undefined) throw usage(`after the item comes "to" and a branch: ${HOW}`)
    return { item: first.word, ...pickUp(place, branches) }
  }
  const words = textOf(rest)
  const end = words.toLowerCase().lastIndexOf(' to ')
  if (end === -1) return { item: words, branch: own, text: undefined }
  return { item: words.slice(0, end).trim(), ...pickUp(words.slice(end + 4), branches) }
}

function pickUp(place: string, branches: readonly string[]): Omit<Wanted, 'item'> {
  const { word, isQuoted, rest } = nextWord(Buffer.from(place)) ?? { word: '', isQuoted: false, rest: new Uint8Array() }
  if (isQuoted) return { branch: word, text: isBlank(rest) ? undefined : textOf(rest) }
  const wanted = place.trim().toLowerCase()
  const whole = branches.filter((each) => each.toLowerCase() === wanted)
  const found = whole.length > 0 ? whole : branches.filter((each) => each.toLowerCase().startsWith(wanted))
  const [branch, ...others] = found
  if (branch === undefined || others.length > 0) {
    throw usage(
      `no branch is called "${place.trim()}"; there are ${branches.join(', ')}. ${HOW}, both in quotes if need be`,
    )
  }
  return { branch, text: undefined }
}

function branchesOf({ session }: Talk): string[] {
  return [...new Set(session.roster.current.members.map(({ branch }) => branch))]
}

function ownBranch({ session }: Talk): string {
  return session.roster.member(session.messenger.peerId)?.branch ?? ''
}

const step =
  (step: PullStep): Verb =>
  async (talk, line) => {
    const { said, rest } = await numbered(talk, line, 'say the number of the request; /requests lists them')
    const id = said.about.type === 'pull-step' ? said.about.of : said.id
    const view = await pullOf(talk, id)
    if (view === undefined) throw usage('that is no request to pull an item; /requests lists them')
    const about = { type: 'pull-step', of: id, step, after: view.heads } as const
    const posted = await talk.posts.post(talk.places.of(view.request), {
      text: isBlank(rest) ? undefined : rest,
      about,
    })
    await tellRequest(talk, id, posted.id)
  }

/** Tells how far a request is, after a step of somebody's. */
export async function tellRequest(talk: Talk, id: string, stepId: string): Promise<void> {
  const view = await pullOf(talk, id)
  if (view === undefined) return
  const tooLate = view.steps.some((each) => each.id === stepId && each.isTooLate)
  talk.view({ event: 'request', tooLate, ...requestOf(talk, view) })
}

async function pullOf({ past }: Talk, id: string): Promise<PullView | undefined> {
  return (await (await past.now()).pulls()).find(({ request }) => request.id === id)
}

const requests: Verb = async (talk, rest) => {
  const isAll = textOf(rest) === 'all'
  const views = await (await talk.past.now()).pulls()
  const listed = views.filter(({ state }) => isAll || !OVER.has(state)).toReversed()
  talk.view({ event: 'requests', requests: listed.map((each) => requestOf(talk, each)) })
}

function requestOf({ numbers, places }: Talk, { request, item, branch, state, by }: PullView): Request {
  return {
    n: numbers.of(request.id),
    id: request.id,
    item: brief(item),
    branch: brief(branch),
    state,
    by: by === undefined ? undefined : places.people.who(by),
    asked: places.people.who(request.from),
    place: places.of(request).label,
    sentAt: request.sentAt,
  }
}

export const pullVerbs: Verbs = {
  pull,
  requests,
  claim: step('claim'),
  release: step('release'),
  pulled: step('pulled'),
  notfound: step('not-found'),
  sent: step('send'),
  cancel: step('cancel'),
  reopen: step('reopen'),
}
