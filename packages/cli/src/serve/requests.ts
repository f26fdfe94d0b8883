import { CliError } from '../cli-error.ts'
import { type Check, invalid, object } from './check.ts'
import { failureOf } from './failure.ts'
import { MAX_REQUESTS } from './limits.ts'
import type { Method } from './methods.ts'
import { isId, type Request, type RequestId } from './request.ts'

const id: Check<RequestId> = (value, name) => {
  if (isId(value)) return value
  throw invalid(name, 'is no id of a request')
}
const cancelling = object({ request: id })

/** Requests under way, each answered once (spec/stdio.md sections 1 and 3). */
export class Requests {
  readonly #methods: ReadonlyMap<string, Method>
  readonly #say: (line: object) => void
  readonly #underWay = new Map<RequestId, { readonly ending: AbortController; readonly done: Promise<void> }>()

  constructor(methods: ReadonlyMap<string, Method>, say: (line: object) => void) {
    this.#methods = methods
    this.#say = say
  }

  take({ id: of, method, params }: Request): void {
    try {
      if (this.#underWay.has(of)) throw new CliError('ID_IN_USE', 'a request of this id is under way')
      if (method === 'cancel') return this.#say({ id: of, result: this.#cancel(params) })
      const work = this.#methods.get(method)
      if (work === undefined) throw new CliError('METHOD_UNKNOWN', `there is no method ${JSON.stringify(method)}`)
      if (this.#underWay.size >= MAX_REQUESTS) {
        throw new CliError(
          'REQUESTS_TOO_MANY',
          `${MAX_REQUESTS} requests are under way; ask again when one is answered`,
        )
      }
      this.#begin(of, (signal) => work(params, signal))
    } catch (error) {
      this.refuse(of, error)
    }
  }

  refuse(of: RequestId | null, error: unknown): void {
    this.#say({ id: of, error: failureOf(error) })
  }

  #begin(of: RequestId, work: (signal: AbortSignal) => Promise<object>): void {
    const ending = new AbortController()
    const done = work(ending.signal)
      .then(
        (result) => this.#say({ id: of, result }),
        (error: unknown) => this.refuse(of, error),
      )
      .finally(() => this.#underWay.delete(of))
    this.#underWay.set(of, { ending, done })
  }

  #cancel(params: unknown): object {
    const { request } = cancelling(params, 'params')
    const found = this.#underWay.get(request)
    found?.ending.abort(cancelled())
    return { cancelled: found !== undefined }
  }

  cancelAll(): void {
    for (const { ending } of this.#underWay.values()) ending.abort(cancelled())
  }

  /** Resolves when all have been answered. */
  async settled(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ done }) => done))
  }
}

function cancelled(): CliError {
  return new CliError('CANCELLED', 'the request was cancelled before it was done')
}
