import { type Colleague, sanitise, sanitiseLine } from '@branchline/core'
import { displayName } from '../find-colleague.ts'
import { brief } from './brief.ts'
import type { ChatEvent, Request, View, Who } from './events.ts'
import { inUnits } from './in-units.ts'
import { howThey, PRESENCE_WORDS } from './presence-words.ts'
import { rollCall } from './roll-call.ts'
import { clock, when } from './when.ts'
import { wordsOf } from './words-of.ts'
import { INDENT } from './wrap.ts'

export interface TextViewInit {
  readonly print: (text: string) => void
  /** Whether what was typed is on the screen already, and need not be repeated. */
  readonly echoed: boolean
  /** Puts a line that could not be done back where it can be done again; false: it could not. */
  readonly giveBack: (line: string) => boolean
}

type Of<E extends ChatEvent['event']> = Extract<ChatEvent, { readonly event: E }>
type Lines = { readonly [E in ChatEvent['event']]: (event: Of<E>, init: TextViewInit) => string | undefined }

const BELL = '\u0007'
/** Of a message that was written so much earlier it is said when. */
const LATE_MS = 600_000
const MAX_NAMED = 6

/** One event is one line, or one block of lines that are indented after the first. */
export function textView(init: TextViewInit): View {
  return (event) => {
    const text = (LINES[event.event] as (event: ChatEvent, init: TextViewInit) => string | undefined)(event, init)
    if (text !== undefined) init.print(text)
  }
}

const LINES: Lines = {
  ready: ({ name }) => `You are ${sanitiseLine(name)}. All you write here is on the record; /help says more.`,
  message: (message) => messageLine(message),
  posted: (posted, { echoed }) => (echoed ? `${INDENT}[${posted.n}] ${onItsWay(posted)}` : saidLine(posted)),
  queued: ({ message }) =>
    `${INDENT}QUEUED, not sent: it cannot be recorded now, and is kept here until it can be. Do not write it again.\n${INDENT}${sanitiseLine(message)}`,
  delivered: () => undefined, // `progress` and `caught-up` tell of several at once
  undelivered: ({ n, name, place, result, code, reason }) => {
    const to = name === place ? name : `${name}, in ${place}`
    const why = [code, reason].filter((each) => each !== undefined).map(sanitiseLine)
    return `${INDENT}[${n}] NOT delivered to ${to}: ${RESULTS[result]}${why.length > 0 ? ` (${why.join(': ')})` : ''}`
  },
  progress: (progress) => `${INDENT}[${progress.n}] ${progressLine(progress)}`,
  'caught-up': ({ name, messages }) => {
    const [first] = messages
    const which =
      messages.length === 1 ? `[${first?.n}], which had waited` : `${messages.length} messages that had waited`
    return `${INDENT}${name} has got ${which}`
  },
  waiting: ({ count, for: people }) => {
    const who = people.slice(0, MAX_NAMED).map(({ name, count }) => `${count} for ${name}`)
    const more = people.length > MAX_NAMED ? ` and ${people.length - MAX_NAMED} more` : ''
    const verb = count === 1 ? 'message waits' : 'messages wait'
    return `${count} ${verb}: ${who.join(', ')}${more}. Sent when they are there and a chat runs; /missing lists them.`
  },
  missing: ({ messages, more }) => {
    if (messages.length === 0) return `${INDENT}Everybody has everything.`
    const lines = messages.map(
      ({ n, time, place, words, missing }) =>
        `${INDENT}[${n}] ${when(time)} to ${place}: ${words}; not yet: ${names(missing, Number.MAX_SAFE_INTEGER)}`,
    )
    return [...lines, ...(more > 0 ? [`${INDENT}and ${more} more; branchline outbox lists them all`] : [])].join('\n')
  },
  states: ({ n, place, words, states }) =>
    [`${INDENT}[${n}] to ${place}: ${words}`, ...rollCall(states).map((line) => `${INDENT}  ${line}`)].join('\n'),
  acknowledged: ({ name, messages }) => `${INDENT}${name} acknowledges ${messages.map(({ n }) => `[${n}]`).join(', ')}`,
  alert: ({ n, from, place, text, sentAt, times }) => {
    // The message itself was as loud, just before.
    if (times === 1) return undefined
    return `${BELL}*** URGENT, from ${when(sentAt)}, not acknowledged ***\n${urgent(n, from.name, place, text)}`
  },
  request: (request) => `${INDENT}${request.tooLate ? 'Too late, it changes nothing: ' : ''}${requestLine(request)}`,
  requests: ({ requests }) => {
    if (requests.length === 0) return `${INDENT}No request is open; /requests all lists the others, too.`
    return requests
      .map((each) => `${INDENT}${requestLine(each)}, asked by ${each.asked.name} ${when(each.sentAt)}`)
      .join('\n')
  },
  desk: ({ desk, staff }) => `${INDENT}${desk}: ${staff.length === 0 ? 'nobody sits there' : names(staff)}`,
  'file-accepted': ({ n, name, size, from, folder }) =>
    `${INDENT}[${n}] ${brief(name)}, ${inUnits(size)}, is fetched from ${from.name}, into ${sanitiseLine(folder)}`,
  'file-progress': ({ n, name, size, bytes, direction, other }) => {
    const share = `${Math.floor((100 * bytes) / size)}% of ${inUnits(size)}`
    return `${INDENT}[${n}] ${brief(name)}: ${direction === 'in' ? `${share} is here` : `${other.name} has ${share}`}`
  },
  'file-arrived': ({ n, size, path, sha256 }) =>
    `${INDENT}[${n}] is here whole, ${inUnits(size)}, with the SHA-256 of the offer (${sha256.slice(0, 12)}…):\n${INDENT}${sanitiseLine(path)}`,
  'file-failed': ({ n, name, code, message, isFinal }) => {
    const what = isFinal ? 'does not come' : 'does not come just now, and is fetched later'
    return `${INDENT}[${n}] ${brief(name)} ${what}: ${code}: ${sanitiseLine(message)}`
  },
  to: ({ place }) => `${INDENT}You talk with ${place} now.`,
  failed: ({ code, message, line }, { giveBack }) => {
    const lost = line !== undefined && !giveBack(sanitise(line))
    const why = `${INDENT}Not done, ${code}: ${sanitiseLine(message)}`
    return lost ? `${why}\n${INDENT}The line was: ${block(line)}` : why
  },
  here: (colleague) => colleagueLine(colleague),
  found: () => undefined, // a hundred of them at once would hide what is said; /who shows them
  gone: (colleague) => (colleague.link === 'away' ? colleagueLine(colleague) : undefined),
  // That they are gone follows at once.
  presence: (colleague) => (colleague.presence === 'off' ? undefined : colleagueLine(colleague)),
  self: ({ presence }) => `You are ${PRESENCE_WORDS[presence]}.`,
  who: ({ colleagues }) => {
    if (colleagues.length === 0) return `${INDENT}Nobody has been found yet.`
    return colleagues.map((each) => `${INDENT}${nameOf(each)}: ${howThey(each)} (…${each.peer.slice(-8)})`).join('\n')
  },
  notice: ({ text }) => text,
}

const RESULTS = {
  delivered: 'delivered',
  expired: 'it has expired, nobody tries any more',
  refused: 'they refuse it',
  unconfirmed: 'it was sent, but nobody knows whether it is there',
  withheld: 'it was not sent',
} as const

function messageLine(message: Of<'message'>): string | undefined {
  const words = wordsOf(message, message.of)
  if (words === undefined) return undefined
  const { n, about, conversation, receivedAt, sentAt, isEarlier, isForDesk } = message
  if (about.type === 'urgent' && isEarlier !== true)
    return `${BELL}${urgent(n, speaker(message), conversation, message.text)}`
  const written = receivedAt - sentAt > LATE_MS ? ` (written ${when(sentAt)})` : ''
  const place = conversation === undefined ? '' : `, in ${sanitiseLine(conversation)}`
  const time = isEarlier === true ? when(receivedAt) : clock(receivedAt)
  return `${isForDesk ? BELL : ''}${time}  [${n}] ${speaker(message)}${place}${written}: ${block(words)}`
}

function urgent(n: number, who: string, place: string | undefined, text: string): string {
  const where = place === undefined ? '' : `, in ${sanitiseLine(place)}`
  return `*** URGENT [${n}] ${who}${where}: ${block(text)}\n${INDENT}/ok ${n} says that you have seen it.`
}

/** Who says it, and for which desk. */
function speaker({ from, name, as }: Pick<Of<'message'>, 'from' | 'name' | 'as'>): string {
  const who = sanitiseLine(displayName({ peer: from, name }))
  return as === undefined ? who : `${sanitiseLine(as)} (${who})`
}

function onItsWay({ to, place }: Of<'posted'>): string {
  const off = to.filter(({ link }) => link === 'away')
  const [only, ...others] = to
  if (only !== undefined && others.length === 0) {
    const name = place === only.name ? only.name : `${only.name}, in ${place}`
    return off.length > 0 ? `recorded; ${name} is off, and gets it later` : `recorded, on its way to ${name}`
  }
  const who =
    off.length === to.length
      ? 'all are off, and get'
      : `${names(off)} ${off.length === 1 ? 'is' : 'are'} off, and ${off.length === 1 ? 'gets' : 'get'}`
  const later = off.length === 0 ? '' : `; ${who} it later`
  return `recorded, on its way to ${to.length} in ${place}${later}`
}

function progressLine({ place, delivered, missing, undelivered, proof }: Of<'progress'>): string {
  const onRecord = proof === undefined ? '' : ` (on record, #${proof.sentSeq} here and #${proof.receivedSeq} there)`
  const all = delivered.length + missing.length + undelivered.length
  if (all === 1) return `delivered to ${names(delivered)}${onRecord}`
  if (delivered.length === all) return `delivered to all ${all} in ${place}`
  const rest = [
    ...(missing.length > 0 ? [`; not yet: ${names(missing)}`] : []),
    ...(undelivered.length > 0 ? [`; NOT to: ${names(undelivered)}`] : []),
  ]
  return `delivered to ${delivered.length} of ${all} in ${place}${rest.join('')}`
}

/** Where nobody sees what was typed. */
function saidLine(posted: Of<'posted'>): string {
  const { n, place, about, text } = posted
  return `${clock(Date.now())}  [${n}] to ${place}: ${block(wordsOf({ about, text }) ?? '')}\n${INDENT}[${n}] ${onItsWay(posted)}`
}

function requestLine({ n, item, branch, state, by }: Request): string {
  const who = by === undefined ? '' : ` by ${by.name}`
  return `[${n}] ${item} for ${branch}: ${state.replace('-', ' ')}${who}`
}

function colleagueLine(colleague: Colleague): string {
  return `${INDENT}${nameOf(colleague)} is ${howThey(colleague)}`
}

function nameOf(colleague: Colleague): string {
  return sanitiseLine(displayName(colleague))
}

function names(people: readonly Who[], most = MAX_NAMED): string {
  const some = people.slice(0, most).map(({ name }) => name)
  const more = people.length - some.length
  return more > 0 ? `${some.join(', ')} and ${more} more` : some.join(', ')
}

/** Lines after the first stand under the text, so that no line of a message can pass for another event. */
function block(text: string): string {
  return sanitise(text).replaceAll('\n', `\n${INDENT}`)
}
