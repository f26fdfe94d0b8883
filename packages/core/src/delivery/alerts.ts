import type { Hash } from '@branchline/audit-sink'
import { ALERT_INTERVAL_MS, MAX_ALERTS } from '../limits.ts'

/** An urgent message that its reader has not acknowledged. */
export interface Alert {
  /** Message ID. */
  readonly id: Hash
  /** Peer ID of the author. */
  readonly from: string
  /** Where it was said; undefined: between the two of us. */
  readonly conversation: string | undefined
  /** Sanitise before a terminal sees it. */
  readonly text: string
  /** By the author's clock, milliseconds since 1970. */
  readonly sentAt: number
}

export interface AlertEvent extends Alert {
  /** How often it was alerted in this session, this time included. */
  readonly times: number
}

/** Alerts at once, "and again every five minutes until it is acknowledged" (spec/content.md section 3). */
export class Alerts {
  readonly #onAlert: (event: AlertEvent) => void
  readonly #open = new Map<Hash, { readonly alert: Alert; times: number }>()
  #timer: NodeJS.Timeout | undefined

  constructor(onAlert: (event: AlertEvent) => void) {
    this.#onAlert = onAlert
  }

  /** Of more than a hundred the oldest is left to be read like any other. */
  raise(alert: Alert): void {
    if (this.#open.has(alert.id)) return
    if (this.#open.size === MAX_ALERTS) this.#open.delete(this.#open.keys().next().value as Hash)
    const one = { alert, times: 0 }
    this.#open.set(alert.id, one)
    this.#timer ??= setInterval(() => this.#again(), ALERT_INTERVAL_MS)
    this.#timer.unref()
    this.#tell(one)
  }

  acknowledged(ids: readonly Hash[]): void {
    for (const id of ids) this.#open.delete(id)
    if (this.#open.size === 0) this.stop()
  }

  #again(): void {
    for (const one of this.#open.values()) this.#tell(one)
  }

  #tell(one: { readonly alert: Alert; times: number }): void {
    one.times += 1
    this.#onAlert({ ...one.alert, times: one.times })
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
