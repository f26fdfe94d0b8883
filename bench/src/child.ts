import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

interface Order {
  readonly id: number
  readonly job: string
  readonly argument: unknown
}

type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string })

/** What a process can be told to do; the process itself `serve`s the same names. */
export type Jobs = Record<string, (argument: never) => Promise<unknown>>

/** A process of its own, which does what it is told and answers when that is done. */
export class Child<J extends Jobs> {
  readonly #process: ChildProcess
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>()
  #orders = 0

  /** @param script - file in the folder `peers` */
  constructor(script: string, args: readonly string[] = []) {
    this.#process = fork(join(import.meta.dirname, 'peers', script), args)
    this.#process.on('message', (answer: Answer) => {
      const order = this.#open.get(answer.id)
      this.#open.delete(answer.id)
      if ('error' in answer) order?.reject(new Error(`${script}: ${answer.error}`))
      else order?.resolve(answer.result)
    })
    this.#process.on('exit', () => {
      for (const order of this.#open.values()) order.reject(new Error(`${script} ended before it answered`))
    })
  }

  async call<K extends keyof J & string>(job: K, ...[argument]: Parameters<J[K]>): Promise<Awaited<ReturnType<J[K]>>> {
    const order: Order = { id: this.#orders++, job, argument }
    const answer = Promise.withResolvers<unknown>()
    this.#open.set(order.id, answer)
    this.#process.send(order)
    return answer.promise as Promise<Awaited<ReturnType<J[K]>>>
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, 'exit')
    this.#process.disconnect()
    await gone
  }
}

/** The other side, in the process. It ends when the process that started it lets go of it. */
export function serve(jobs: Jobs): void {
  process.on('message', ({ id, job, argument }: Order) => {
    const work = jobs[job] as (argument: unknown) => Promise<unknown>
    const answer = (rest: { result: unknown } | { error: string }): void => void process.send?.({ id, ...rest })
    work(argument).then(
      (result) => answer({ result }),
      (error: unknown) => answer({ error: String(error) }),
    )
  })
  process.on('disconnect', () => process.exit())
}
