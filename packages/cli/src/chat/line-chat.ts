import { CodedError, reasonOf } from '@branchline/audit-sink'
import type { Colleague } from '@branchline/core'
import { awaitColleague } from '../await-colleague.ts'
import { CliError } from '../cli-error.ts'
import type { Session } from '../profile/open.ts'
import { expiryWarning } from './expiry-warning.ts'
import { parseLine } from './parse-line.ts'
import { HELP, type View } from './views.ts'

export interface LineChatInit {
  readonly session: Session
  readonly view: View
  readonly signal: AbortSignal
  /** How long a line may wait for somebody who has not been found yet. */
  readonly findTimeoutMs: number
}

/** The conversation behind a line-by-line chat, for a terminal and for a pipe alike. */
export class LineChat {
  readonly #init: LineChatInit
  readonly #sending = new Set<Promise<void>>()
  #partner: string | undefined

  constructor(init: LineChatInit) {
    this.#init = init
  }

  /** Listens to the messenger, and takes lines until they end or say so; then waits for what is under way. */
  async run(lines: AsyncIterable<Uint8Array>): Promise<void> {
    const { view, session, signal } = this.#init
    const { messenger, roster } = session
    messenger.addEventListener('message', ({ detail: { value, receipt } }) => {
      this.#partner ??= value.from
      view.message(value, receipt.seq)
    })
    messenger.addEventListener('colleague:here', ({ detail }) => view.here(detail))
    messenger.addEventListener('colleague:found', ({ detail }) => view.found(detail))
    messenger.addEventListener('colleague:gone', ({ detail }) => view.gone(detail))
    messenger.addEventListener('colleague:presence', ({ detail }) => view.presence(detail))
    messenger.addEventListener('audit:failed', ({ detail }) => this.#auditFailed(detail.error))
    view.ready({ peerId: messenger.peerId, name: messenger.name ?? '', addresses: messenger.addresses() })
    const warning = expiryWarning(roster.current.expires, Date.now())
    if (warning !== undefined) view.notice(warning)
    const ended = new Promise<IteratorResult<Uint8Array>>((resolve) => {
      signal.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true })
    })
    const source = lines[Symbol.asyncIterator]()
    for (let more = !signal.aborted; more; ) {
      const { done, value } = await Promise.race([source.next(), ended])
      more = done !== true && (await this.#take(value))
    }
    await Promise.all(this.#sending)
  }

  #auditFailed(error: unknown): void {
    const why = reasonOf(error)
    this.#init.view.notice(`THE RECORD CANNOT BE KEPT, so nothing is sent or shown until that is mended: ${why}`)
  }

  /** @returns whether to go on */
  async #take(bytes: Uint8Array): Promise<boolean> {
    const { view, session } = this.#init
    const line = parseLine(bytes)
    switch (line.kind) {
      case 'nothing':
        return true
      case 'quit':
        return false
      case 'help':
        view.notice(HELP)
        return true
      case 'who':
        view.who(session.messenger.colleagues())
        return true
      case 'presence':
        session.messenger.presence(line.state)
        view.self(line.state)
        return true
      case 'unknown':
        view.failed({ code: 'USAGE', message: `there is no command /${line.command}; see /help` }, undefined)
        return true
      case 'to':
        await this.#choose(line.name)
        return true
      case 'say':
        await this.#say(line.text, line.to)
        return true
    }
  }

  async #choose(name: string): Promise<void> {
    const partner = await this.#find(name).catch((error: unknown) => this.#fail(error))
    if (partner === undefined) return
    this.#partner = partner.peer
    this.#init.view.who([partner])
  }

  /** The line waits for its recipient to be found, not for its delivery: the next may follow at once. */
  async #say(text: Uint8Array, name: string | undefined): Promise<void> {
    const to = await this.#recipient(name).catch((error: unknown) => this.#fail(error, text))
    if (to === undefined) return
    this.#partner = to.peer
    const sending = this.#deliver(to, text)
    this.#sending.add(sending)
    void sending.finally(() => this.#sending.delete(sending))
  }

  async #deliver(to: Colleague, text: Uint8Array): Promise<void> {
    const { session, view } = this.#init
    try {
      view.delivered(await session.messenger.send(to.peer, text), to, text)
    } catch (error) {
      this.#fail(error, text)
    }
  }

  async #recipient(name: string | undefined): Promise<Colleague> {
    if (name !== undefined) return this.#find(name)
    if (this.#partner !== undefined) return this.#find(this.#partner)
    const here = this.#init.session.messenger.colleagues().filter(({ link }) => link !== 'away')
    const [only, ...others] = here
    if (only !== undefined && others.length === 0) return only
    throw new CliError('PEER_UNKNOWN', 'say to whom: @name text, or /to name; /who shows who is here')
  }

  async #find(name: string): Promise<Colleague> {
    const { session, findTimeoutMs, signal } = this.#init
    return awaitColleague(session, name, { timeoutMs: findTimeoutMs, signal })
  }

  #fail(error: unknown, text?: Uint8Array): undefined {
    const code = error instanceof CodedError ? String(error.code) : 'FAILED'
    this.#init.view.failed({ code, message: reasonOf(error) }, text)
  }
}
