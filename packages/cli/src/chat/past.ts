import { type History, openHistory } from '@branchline/core'
import type { Session } from '../profile/open.ts'

/** What the log says, from before this session, too. */
export class Past implements AsyncDisposable {
  readonly #session: Session
  #opening: Promise<History> | undefined

  constructor(session: Session) {
    this.#session = session
  }

  /** With all that is on record by now. */
  async now(): Promise<History> {
    const { audit, messenger } = this.#session
    this.#opening ??= openHistory({ sink: audit, self: messenger.peerId })
    const history = await this.#opening
    await history.follow()
    return history
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#opening)?.[Symbol.asyncDispose]()
  }
}
