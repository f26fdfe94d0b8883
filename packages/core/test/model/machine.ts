import { AsyncLocalStorage } from 'node:async_hooks'

/** A machine's clock. */
export interface Machine {
  /** How far it is off. */
  skewMs: number
}

const running = new AsyncLocalStorage<Machine>()

/** What this work and all that it sets going are told of the time is by the clock of the machine. */
export function on<T>(machine: Machine, work: () => T): T {
  return running.run(machine, work)
}

export function skewHere(): number {
  return running.getStore()?.skewMs ?? 0
}

/** The same, whenever it is called: on the machine that is running now. */
export function stayingHere(work: () => void): () => void {
  return AsyncLocalStorage.bind(work)
}
