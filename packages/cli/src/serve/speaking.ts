import type { Posted, Queued, What } from '@branchline/core'
import type { Session } from '../profile/open.ts'
import { about, type Deed, place } from './about.ts'
import { type Check, draft, hash, integer, list, object, oneOf, optional, string, text } from './check.ts'
import {
  MAX_ALSO,
  MAX_FILE_NAME_CHARACTERS,
  MAX_MARKED,
  MAX_PATH_CHARACTERS,
  MAX_PEER_CHARACTERS,
  MAX_SEND_MS,
} from './limits.ts'
import type { Past } from './past.ts'
import { conversation, peerOf, placeOf, where, whom } from './whom.ts'

const says = { where, text: optional(text), as: optional(place), also: optional(list(whom, 0, MAX_ALSO)) }
const posting = object({ ...says, about: optional(about) })
const offering = object({
  ...says,
  path: string(MAX_PATH_CHARACTERS),
  name: optional(string(MAX_FILE_NAME_CHARACTERS)),
})
const passing = object({ id: hash, seq: optional(integer(0, Number.MAX_SAFE_INTEGER)), ...says })
const discarding = object({ draft })
const none = object({})
const answering = object({ offer: hash })
const sending = object({ to: whom, text, timeoutMs: optional(integer(1, MAX_SEND_MS)) })
const marked = object({ id: hash, from: string(MAX_PEER_CHARACTERS), conversation: optional(conversation) })
const marking = object({ messages: list(marked, 1, MAX_MARKED), how: oneOf('read', 'acknowledged') })

type Params<C> = C extends Check<infer T> ? T : never

/** All that goes on record because the host says it (spec/stdio.md section 4). */
export class Speaking {
  readonly #session: Session
  readonly #past: Past
  /** Until the last step is on record that comes after what is: nothing that was asked for later goes before it. */
  #stepping: Promise<unknown> = Promise.resolve()

  constructor(session: Session, past: Past) {
    this.#session = session
    this.#past = past
  }

  async post(params: unknown, signal: AbortSignal): Promise<object> {
    const asked = posting(params, 'params')
    const before = this.#stepping
    const posted = before.then(() => this.#post(asked, signal))
    if (asked.about?.type === 'pull-step' && asked.about.after === undefined) {
      this.#stepping = posted.catch(() => undefined)
    }
    return postedOf(await posted)
  }

  async #post(asked: Params<typeof posting>, signal: AbortSignal): Promise<Posted> {
    const { messenger, roster } = this.#session
    const to = placeOf(roster, asked.where)
    const what = asked.about === undefined ? (asked.text ?? '') : await this.#what(asked.about, asked.text, signal)
    return messenger.post(to, what, { signal, ...this.#speaker(asked) })
  }

  /** The text alone is given on as it is where nothing is done with it. */
  async #what(deed: Deed, said: string | undefined, signal: AbortSignal): Promise<What> {
    if (deed.type === 'pull-step') {
      return { text: said, about: { ...deed, after: deed.after ?? (await this.#past.headsOf(deed, signal)) } }
    }
    if (deed.type === 'desk' && deed.step === 'hand-over') {
      return { text: said, about: { ...deed, to: peerOf(this.#session.roster, deed.to) } }
    }
    return { text: said, about: deed }
  }

  async passOn(params: unknown, signal: AbortSignal): Promise<object> {
    const { id, seq, text: said, ...asked } = passing(params, 'params')
    const { messenger, roster } = this.#session
    const options = { signal, text: said, ...this.#speaker(asked) }
    return postedOf(await messenger.passOn({ id, seq }, placeOf(roster, asked.where), options))
  }

  async queued(params: unknown): Promise<object> {
    none(params, 'params')
    return { queued: this.#session.messenger.queued().map(queuedOf) }
  }

  async discard(params: unknown): Promise<object> {
    await this.#session.messenger.discard(discarding(params, 'params').draft)
    return {}
  }

  async offer(params: unknown, signal: AbortSignal): Promise<object> {
    const { path, name, text: said, ...asked } = offering(params, 'params')
    const { messenger, roster } = this.#session
    const options = { signal, name, text: said, ...this.#speaker(asked) }
    const offered = await messenger.offer(placeOf(roster, asked.where), path, options)
    const { size, sha256 } = offered
    return { ...postedOf(offered), name: offered.name, size, sha256 }
  }

  async answerFile(how: 'accept' | 'decline' | 'withdraw', params: unknown, signal: AbortSignal): Promise<object> {
    const { offer } = answering(params, 'params')
    return postedOf(await this.#session.messenger[how](offer, { signal }))
  }

  async send(params: unknown, signal: AbortSignal): Promise<object> {
    const { to, text: said, timeoutMs } = sending(params, 'params')
    const { messenger, roster } = this.#session
    const options = { signal, ...(timeoutMs !== undefined && { timeoutMs }) }
    const { receipt: _, ...delivery } = await messenger.send(peerOf(roster, to), said, options)
    return delivery
  }

  async mark(params: unknown, signal: AbortSignal): Promise<object> {
    const { messages, how } = marking(params, 'params')
    await this.#session.messenger.mark(messages, how, { signal })
    return {}
  }

  #speaker({ as, also }: { readonly as: string | undefined; readonly also: readonly string[] | undefined }) {
    return { as, also: also?.map((each) => peerOf(this.#session.roster, each)) }
  }
}

function queuedOf({ draft: called, time, where: to, content }: Queued): object {
  const { about: deed, text: said } = content
  return { draft: called, time, where: to, about: deed, text: said && Buffer.from(said).toString('utf8') }
}

function postedOf({ id, seq, conversation: thread, to }: Posted): object {
  return { id, seq, conversation: thread, to }
}
