import { type History as FollowingHistory, type HistoryInit, type HostedMessenger, openHistory } from '@branchline/core'

export type History = HostedMessenger['history']

export interface PastInit {
  readonly sink: HistoryInit['sink']
  /** Our peer ID. */
  readonly self: string
  /** That of the running messenger; default: one of the log alone, made when it is first asked. */
  readonly history?: History | undefined
}

/** What the log says, from before this session, too. */
export class Past implements AsyncDisposable {
  readonly #init: PastInit
  #opening: Promise<FollowingHistory> | undefined

  constructor(init: PastInit) {
    this.#init = init
  }

  /** With all that is on record by now. */
  async now(): Promise<History> {
    if (this.#init.history !== undefined) return this.#init.history
    this.#opening ??= openHistory(this.#init)
    const history = await this.#opening
    await history.follow()
    return history
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#opening)?.[Symbol.asyncDispose]()
  }
}
