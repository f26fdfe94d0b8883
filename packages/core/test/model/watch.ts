import type { Delivery, Messenger, Posted } from '../../src/index.ts'
import { MessengerError } from '../../src/errors.ts'
import type { Page } from './ledger.ts'

export interface WatchInit {
  readonly peer: string
  readonly page: Page
  readonly complain: (what: string) => void
  /** All that was ever shown on this machine. */
  readonly shown: Set<string>
  /** How many records there were when the process began. */
  readonly from: number
}

/** What a call may be told while disks fail, people leave the roster and programs end. */
const REFUSALS = new Set([
  'AUDIT_UNAVAILABLE',
  'CONVERSATION_UNKNOWN',
  'MEMBER_REVOKED',
  'MEMBER_UNKNOWN',
  'MESSENGER_CLOSED',
  'ROLE_MISSING',
  'ROSTER_STALE',
])
/** What whoever says something now or never may be told, too. */
const SEND_REFUSALS = new Set([...REFUSALS, 'BUSY', 'NOT_CONFIRMED', 'PEER_UNREACHABLE', 'REFUSED'])
/** What an honest peer may be refused for. */
const REFUSED = new Set(['CONVERSATION_UNKNOWN', 'FRAME_STALLED', 'MEMBER_REVOKED', 'MEMBER_UNKNOWN'])

/** Looks over the shoulder of whoever sits at one process, for as long as it lives. */
export class Watch {
  readonly #init: WatchInit
  readonly #newest = new Map<string, number>()
  #isOver = false
  #expectsAlarms = false

  constructor(init: WatchInit) {
    this.#init = init
  }

  over(service: Messenger): void {
    service.addEventListener('message', ({ detail: { value, receipt } }) => {
      if (!this.#isOver) this.#onMessage(value.id, value.from, receipt)
    })
    service.addEventListener('audit:failed', ({ detail: { error } }) => {
      if (!this.#isOver && !this.#expectsAlarms) this.#complain(`an alarm without a cause: ${String(error)}`)
    })
    service.addEventListener('refused', ({ detail: { from, error } }) => {
      if (this.#isOver || REFUSED.has(error.code)) return
      this.#complain(`${from} was refused: ${error.code} ${error.message}`)
    })
  }

  #complain(what: string): void {
    this.#init.complain(`${this.#init.peer}: ${what}`)
  }

  #onMessage(id: string, from: string, { seq, leaf }: { readonly seq: number; readonly leaf: string }): void {
    const { page, shown } = this.#init
    if (page.received.get(id) !== seq || !page.leaves.has(leaf)) this.#complain(`${id} was shown before its record`)
    if (shown.has(id)) this.#complain(`${id} was shown twice`)
    shown.add(id)
    const said = page.held.find((each) => each.id === id)
    const place = said?.seq ?? 0
    if (place < (this.#newest.get(from) ?? 0)) this.#complain(`record ${place} of ${from} was shown after a later one`)
    this.#newest.set(from, place)
  }

  async posting(posting: Promise<Posted>): Promise<void> {
    await this.settled(this.#posted(posting))
  }

  async #posted(posting: Promise<Posted>): Promise<void> {
    const { id } = await posting
    if (!this.#init.page.leaves.has(id)) this.#complain(`${id} was said to be on record, and is not`)
  }

  async sending(sending: Promise<Delivery>): Promise<void> {
    await this.settled(this.#sent(sending), SEND_REFUSALS)
  }

  async #sent(sending: Promise<Delivery>): Promise<void> {
    const { id, to } = await sending
    const { ended } = this.#init.page
    if (ended.get(`${id} ${to}`)?.[0]?.result !== 'delivered') this.#complain(`${id} has no outcome on record`)
  }

  async settled(work: Promise<unknown>, refusals: ReadonlySet<string> = REFUSALS): Promise<void> {
    try {
      await work
    } catch (error) {
      if (this.#isOver || (error instanceof MessengerError && refusals.has(error.code))) return
      this.#complain(`unexpected: ${String(error)}`)
    }
  }

  /** A disk fails on purpose. */
  expectAlarms(): void {
    this.#expectsAlarms = true
  }

  end(): void {
    this.#isOver = true
  }

  /** It ends well. */
  assertAllSeen(): void {
    if (this.#expectsAlarms) return
    for (const id of this.unseen()) this.#complain(`${id} is on record and was not shown before the process ended`)
  }

  /** Messages that were recorded in this process and that nobody saw. */
  unseen(): readonly string[] {
    const { page, shown, from } = this.#init
    return [...page.received].filter(([id, seq]) => seq >= from && !shown.has(id)).map(([id]) => id)
  }
}
