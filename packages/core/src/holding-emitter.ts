import { type EventHandler, TypedEventEmitter } from 'main-event'

type ListenerOptions = Parameters<EventTarget['addEventListener']>[2]
interface EventInit {
  readonly detail?: unknown
}

/** Of one type; then the oldest goes. What it told of stays on record. */
const MAX_HELD = 1_024

/**
 * Holds the events of a type until somebody listens for it: a peer may write, and be answered, before whoever started
 * the messenger has got as far as listening, and a message that is on record must be shown.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as TypedEventEmitter has it: an interface is no Record of unknowns
export class HoldingEmitter<EventMap extends Record<string, any>> extends TypedEventEmitter<EventMap> {
  readonly #held = new Map<keyof EventMap, EventInit[]>()
  readonly #released = new Set<keyof EventMap>()

  override addEventListener<K extends keyof EventMap>(
    type: K,
    listener: EventHandler<EventMap[K]> | null,
    options?: ListenerOptions,
  ): void {
    super.addEventListener(type, listener, options)
    if (listener !== null) queueMicrotask(() => this.#release(type))
  }

  override safeDispatchEvent(type: keyof EventMap, init: EventInit = {}): boolean {
    if (this.#released.has(type)) return super.safeDispatchEvent(type, init)
    const held = this.#held.get(type) ?? []
    held.push(init)
    if (held.length > MAX_HELD) held.shift()
    this.#held.set(type, held)
    return true
  }

  #release(type: keyof EventMap): void {
    this.#released.add(type)
    const held = this.#held.get(type) ?? []
    this.#held.delete(type)
    for (const init of held) super.safeDispatchEvent(type, init)
  }
}
