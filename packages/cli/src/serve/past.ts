import type { AuditSink, Hash } from '@branchline/audit-sink'
import { type History, openHistory, type PullView } from '@branchline/core'
import type { Deed } from './about.ts'
import { invalid } from './check.ts'

type Step = Extract<Deed, { type: 'pull-step' }>

/** The history of the log, made when it is first asked for, and brought up to date for each question. */
export class Past implements AsyncDisposable {
  readonly #sink: AuditSink
  readonly #self: string
  #history: Promise<History> | undefined

  constructor(sink: AuditSink, self: string) {
    this.#sink = sink
    this.#self = self
  }

  /** @throws MessengerError HISTORY_FAILED, AUDIT_UNAVAILABLE; what the signal aborts with */
  async upToNow(signal: AbortSignal): Promise<History> {
    this.#history ??= openHistory({ sink: this.#sink, self: this.#self })
    const history = await this.#history
    await history.follow({ signal })
    return history
  }

  /**
   * IDs of the steps of a request that are on record here and that no other comes after.
   * @throws CliError PARAMS_INVALID: it is not among the newest 200
   */
  async headsOf({ of }: Step, signal: AbortSignal): Promise<readonly Hash[]> {
    const history = await this.upToNow(signal)
    const found: PullView | undefined = (await history.pulls()).find(({ request }) => request.id === of)
    if (found === undefined) throw invalid('params.about.of', 'is none of the newest 200 requests on record here')
    return found.heads
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const history = await this.#history?.catch(() => undefined)
    await history?.[Symbol.asyncDispose]()
  }
}
