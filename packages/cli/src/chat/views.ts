import type { Colleague, Delivery, OwnPresence, ReceivedMessage } from '@branchline/core'
import { sanitise, sanitiseLine } from '@branchline/core'
import { displayName } from '../find-colleague.ts'
import { howThey, PRESENCE_WORDS } from './presence-words.ts'
import { wordsOf } from './words-of.ts'

/** What the chat has to say; one event is one line, or one block of lines. */
export interface View {
  ready(self: { readonly peerId: string; readonly name: string; readonly addresses: readonly string[] }): void
  message(message: ReceivedMessage, seq: number): void
  delivered(delivery: Delivery, to: Colleague, text: Uint8Array): void
  failed(failure: { readonly code: string; readonly message: string }, text: Uint8Array | undefined): void
  here(colleague: Colleague): void
  found(colleague: Colleague): void
  gone(colleague: Colleague): void
  /** They say that they are something else than before. */
  presence(colleague: Colleague): void
  /** So do we. */
  self(state: OwnPresence): void
  who(colleagues: readonly Colleague[]): void
  notice(text: string): void
}

const INDENT = '       '

export interface TextViewInit {
  readonly print: (text: string) => void
  /** Whether what was typed is on the screen already, and need not be repeated. */
  readonly echoed: boolean
  /** Puts text that could not be sent back where it can be sent again. */
  readonly giveBack: (text: string) => void
}

export const HELP = [
  'Write a line to send it to whom you talk with.',
  '  @name text    to somebody; from then on you talk with them (@"two words" text for longer names)',
  '  /to name      choose whom you talk with',
  '  /who          who is here',
  '  /busy         you are busy; /away: away from your desk; /here: here again (colleagues are told that, and no more)',
  '  /quit         end (Ctrl-D)',
  '  //text        a text that begins with /',
  'Everything you write is on the record: it is logged before it is sent, and may be read by the director and,',
  'on request, by the public.',
].join('\n')

export function textView({ print, echoed, giveBack }: TextViewInit): View {
  return {
    ready({ name }) {
      print(`You are ${sanitiseLine(name)}. All you write here is on the record; /help says more.`)
    },
    message(message) {
      const words = wordsOf(message)
      if (words !== undefined) print(`${clock(message.receivedAt)}  ${speaker(message)}: ${block(words)}`)
    },
    delivered({ sentSeq, receivedSeq }, to, text) {
      const name = displayName(to)
      const proof = `on record, #${sentSeq} here and #${receivedSeq} there`
      print(
        echoed
          ? `${INDENT}${name} has it (${proof})`
          : `${clock(Date.now())}  to ${name}: ${block(decode(text))}  (${proof})`,
      )
    },
    failed({ code, message }, text) {
      print(`${INDENT}Not done, ${code}: ${sanitiseLine(message)}`)
      if (text === undefined) return
      if (echoed) giveBack(decode(text))
      else print(`${INDENT}The text was: ${block(decode(text))}`)
    },
    here: (colleague) => print(`${INDENT}${displayName(colleague)} is ${howThey(colleague)}`),
    found: () => undefined, // a hundred of them at once would hide what is said; /who shows them
    gone(colleague) {
      if (colleague.link === 'away') print(`${INDENT}${displayName(colleague)} is ${howThey(colleague)}`)
    },
    presence(colleague) {
      // That they are gone follows at once.
      if (colleague.presence !== 'off') print(`${INDENT}${displayName(colleague)} is ${howThey(colleague)}`)
    },
    self: (state) => print(`You are ${PRESENCE_WORDS[state]}.`),
    who(colleagues) {
      if (colleagues.length === 0) print(`${INDENT}Nobody has been found yet.`)
      for (const each of colleagues) print(`${INDENT}${displayName(each)}: ${howThey(each)} (…${each.peer.slice(-8)})`)
    },
    notice: (text) => print(text),
  }
}

/** For programs: one JSON object a line, texts as they came. */
export function jsonView(print: (text: string) => void): View {
  const say = (event: string, value: object): void => print(JSON.stringify({ event, ...value }))
  return {
    ready: (self) => say('ready', self),
    message: ({ bytes: _, ...message }, seq) => say('message', { ...message, seq }),
    delivered: ({ receipt: _, ...delivery }) => say('delivered', delivery),
    failed: (failure, text) => say('failed', { ...failure, ...(text !== undefined && { text: decode(text) }) }),
    here: (colleague) => say('here', colleague),
    found: (colleague) => say('found', colleague),
    gone: (colleague) => say('gone', colleague),
    presence: (colleague) => say('presence', colleague),
    self: (state) => say('self', { presence: state }),
    who: (colleagues) => say('who', { colleagues }),
    notice: (text) => say('notice', { text }),
  }
}

/** Who says it, for which desk, and where when that is not between the two of us. */
function speaker({ from, name, as, conversation }: ReceivedMessage): string {
  const who = name === undefined ? displayName({ peer: from, name }) : sanitiseLine(name)
  const desk = as === undefined ? who : `${sanitiseLine(as)} (${who})`
  return conversation === undefined ? desk : `${desk}, in ${sanitiseLine(conversation)}`
}

/** Lines after the first stand under the text, so that no line of a message can pass for another event. */
function block(text: string): string {
  return sanitise(text).replaceAll('\n', `\n${INDENT}`)
}

function decode(text: Uint8Array): string {
  return Buffer.from(text).toString('utf8')
}

function clock(ms: number): string {
  const time = new Date(ms)
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}
