import type { Hash } from '@branchline/audit-sink'
import type { HostedMessenger, PullView } from '@branchline/core'
import type { Deed } from './about.ts'
import { invalid } from './check.ts'

type History = HostedMessenger['history']
type Step = Extract<Deed, { type: 'pull-step' }>

/** The history of the running messenger, as requests ask it. */
export class Past {
  readonly #history: History

  constructor(history: History) {
    this.#history = history
  }

  /** It answers from all that is on record when it is asked. @throws what the signal aborts with */
  async upToNow(signal: AbortSignal): Promise<History> {
    signal.throwIfAborted()
    return this.#history
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
}
