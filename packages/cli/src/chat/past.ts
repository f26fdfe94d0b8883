import { parseRecord } from '@branchline/audit-sink'
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

  /** Whether a message of ours is kept until it is delivered (spec/content.md section 5): no other waits for anybody. */
  async isKept(seq: number): Promise<boolean> {
    for await (const [entry] of this.#init.sink.read({ from: seq, to: seq + 1 })) {
      return entry !== undefined && parseRecord(entry.line).detail?.['kept'] === 1
    }
    return false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#opening)?.[Symbol.asyncDispose]()
  }
}
