import { Reopening } from '../delivery/reopening.ts'
import { MessengerError, type MessengerErrorCode } from '../errors.ts'
import { type FilesContext, offeredFile } from './context.ts'
import { download } from './download.ts'
import type { Offer } from './ledger.ts'
import type { Turns } from './turns.ts'
import { isKept } from './whole.ts'

/** After these it is no use to ask again. */
const FINAL: ReadonlySet<string> = new Set<MessengerErrorCode>([
  'FILE_MISSING',
  'FILE_UNKNOWN',
  'FILE_WITHDRAWN',
  'FILE_WRONG',
])
/** These pass by themselves, and are nothing to tell. */
const PASSING: ReadonlySet<string> = new Set<MessengerErrorCode>(['BUSY', 'FILE_NOT_ACCEPTED', 'PEER_UNREACHABLE'])

export interface FetchInit {
  readonly context: FilesContext
  readonly offer: Offer
  readonly turns: Turns
  /** It came, or it will not. */
  readonly onOver: () => void
}

/** A file that we accepted, until it is here: asked for again whenever that breaks off (spec/files.md section 3). */
export class Fetch {
  readonly #init: FetchInit
  readonly #stopping = new AbortController()
  readonly #reopening: Reopening
  #isOver = false
  #attempting: Promise<void> = Promise.resolve()
  /** The code of the failure that was told last. */
  #told: string | undefined
  /** Whether what was resumed was wrong before: a second time it is not our disk that is to blame. */
  #isBegunAnew = false

  constructor(init: FetchInit) {
    this.#init = init
    this.#reopening = new Reopening({
      isNeeded: () => !this.#isOver,
      isPatient: () => true,
      open: async () => {
        this.#attempting = this.#attempt()
        await this.#attempting
      },
      onFailed: (error) => init.context.log('%s is not here yet: %e', init.offer.id, error),
    })
    this.#reopening.begin()
  }

  get peer(): string {
    return this.#init.offer.from
  }

  /** Who has it may be there now. */
  hurry(): void {
    this.#reopening.hurry()
  }

  async stop(): Promise<void> {
    this.#isOver = true
    this.#stopping.abort(new Error('it is not fetched any more'))
    this.#reopening.hurry()
    await this.#attempting.catch(() => undefined)
  }

  async #attempt(): Promise<void> {
    using _ = await this.#init.turns.take(this.peer)
    if (this.#isOver) return
    try {
      await this.#bring()
      await this.#arrived()
    } catch (error) {
      if (!this.#isOver) await this.#failed(error)
      throw error
    }
  }

  /** Until the file is whole, and what it should be. */
  async #bring(): Promise<void> {
    const { context, offer } = this.#init
    if (await isKept(context.store, offer)) return
    using _ = await context.room.take(offer)
    await using partial = await context.store.partial(offer.id)
    const signal = this.#stopping.signal
    if (partial.bytes < offer.size) {
      await download({ context, offer, partial, signal, onGoingWell: () => this.#goesWell() })
    }
    try {
      await partial.finish(offer)
    } catch (error) {
      const isWrong = error instanceof MessengerError && error.code === 'FILE_WRONG'
      // After an interruption it may have been our own disk: then it is fetched once more, from the beginning.
      const mayBeOurs = isWrong && partial.isResumed && !this.#isBegunAnew
      if (mayBeOurs) this.#isBegunAnew = true
      throw mayBeOurs ? new Error('what was here before was wrong', { cause: error }) : error
    }
  }

  #goesWell(): void {
    this.#reopening.succeeded()
    this.#told = undefined
  }

  /** Nothing is handed on before that it came is on our record. */
  async #arrived(): Promise<void> {
    const { context, offer, onOver } = this.#init
    const { store, onArrived } = context
    await this.#answer('received')
    this.#isOver = true
    onArrived({ ...offeredFile(offer), path: store.path(offer.sha256) })
    onOver()
    await store.drop(offer.id)
  }

  async #answer(answer: 'received' | 'wrong'): Promise<void> {
    const { context, offer } = this.#init
    const { id, from, conversation } = offer
    await context.post({ conversation, peers: [from] }, { about: { type: 'file-answer', of: id, answer } })
  }

  async #failed(error: unknown): Promise<void> {
    if (!(error instanceof MessengerError) || PASSING.has(error.code)) return
    const { context, offer, onOver } = this.#init
    const { code } = error
    const isFinal = FINAL.has(code)
    if (code === 'FILE_WRONG') await this.#answer('wrong').catch((ours: unknown) => context.log.error('%e', ours))
    if (isFinal) this.#isOver = true
    if (isFinal || this.#told !== code) context.onFailed({ ...offeredFile(offer), error, isFinal })
    this.#told = code
    if (isFinal) onOver()
  }
}
