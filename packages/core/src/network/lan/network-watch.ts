import { type LanInterface, interfacesNow } from './interfaces.ts'

export interface NetworkWatchInit {
  /** An interface came, went or has other addresses; or the machine slept, and whatever was known is old. */
  readonly onChange: (interfaces: readonly LanInterface[], slept: boolean) => void
  readonly look?: () => LanInterface[]
}

const LOOK_EVERY_MS = 1_000
/** A clock that is so much further than the timer means that the machine slept (or that its clock was set). */
const SLEPT_MS = 10_000

/** Node tells nobody of changes, so it looks; looking takes a fraction of a millisecond. */
export class NetworkWatch {
  readonly #init: NetworkWatchInit
  readonly #look: () => LanInterface[]
  #timer: NodeJS.Timeout | undefined
  #seen = ''
  #lookedAt = 0

  constructor(init: NetworkWatchInit) {
    this.#init = init
    this.#look = init.look ?? interfacesNow
  }

  /** @returns what there is now */
  start(): LanInterface[] {
    const interfaces = this.#look()
    this.#seen = JSON.stringify(interfaces)
    this.#lookedAt = Date.now()
    this.#timer = setInterval(() => this.#lookAgain(), LOOK_EVERY_MS)
    return interfaces
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #lookAgain(): void {
    const slept = Date.now() - this.#lookedAt > LOOK_EVERY_MS + SLEPT_MS
    this.#lookedAt = Date.now()
    const interfaces = this.#look()
    const seen = JSON.stringify(interfaces)
    if (seen === this.#seen && !slept) return
    this.#seen = seen
    this.#init.onChange(interfaces, slept)
  }
}
