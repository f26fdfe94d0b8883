import type { AuditReceipt, Hash, SignedCheckpoint } from '@branchline/audit-sink'
import { MessengerError } from '../errors.ts'
import type { ReceivedMessage } from '../messages.ts'
import { Recorded } from '../recorded.ts'
import type { CheckedMessage } from './check-message.ts'
import type { DeliveryContext } from './context.ts'
import { readInTime } from './read-in-time.ts'
import { receivedEntry, receivedMessage } from './received.ts'
import type { Place } from './turn.ts'

export interface TakingInit {
  readonly context: DeliveryContext
  /** Called once a message, and only when its record is durable. */
  readonly onMessage: (message: Recorded<ReceivedMessage>) => void
  /** A message was not taken that will come again. Called at once: then none that came after it is taken. */
  readonly onFailed: (from: string, place: Place) => void
}

/** A message that is right, and where it came. */
export interface Arrived {
  readonly checked: CheckedMessage
  /** Of its place in its author's log, to be kept. */
  readonly proof: string
  readonly seen: SignedCheckpoint | undefined
  readonly place: Place
}

type ValueOf = (receipt: AuditReceipt) => ReceivedMessage

/** Records each message that came, and shows it, once and in the order of arrival. */
export class Taking {
  readonly #init: TakingInit
  readonly #recording = new Map<Hash, Promise<Recorded<ReceivedMessage>>>()
  /** Messages whose records may still be written, or are, although the sender was told that they are not taken. */
  readonly #unshown = new Set<Hash>()
  #lastLook: Promise<unknown> = Promise.resolve()

  constructor(init: TakingInit) {
    this.#init = init
  }

  /**
   * A message that came before, or is being recorded right now, is neither recorded nor shown again.
   * @throws MessengerError AUDIT_UNAVAILABLE, AUDIT_RECEIPT_WRONG
   */
  async take(arrived: Arrived): Promise<Recorded<ReceivedMessage>> {
    const { id } = arrived.checked
    const under = this.#recording.get(id)
    if (under !== undefined) return under
    const recording = this.#record(arrived)
    this.#recording.set(id, recording)
    try {
      return await recording
    } finally {
      this.#recording.delete(id)
    }
  }

  async #record(arrived: Arrived): Promise<Recorded<ReceivedMessage>> {
    const { checked, place } = arrived
    const { id } = checked
    const valueOf: ValueOf = (receipt) => receivedMessage(checked, receipt, this.#init.context.roster)
    const known = await this.#look(arrived, valueOf)
    if (place.turn.isOverAt(place)) throw overtaking()
    if (known === undefined && this.#unshown.has(id)) {
      throw this.#failed(arrived, unavailable('the message came before, and its record is still being written'))
    }
    const message = known ?? (await this.#mint(arrived, valueOf))
    if (known === undefined || this.#unshown.delete(id)) this.#init.onMessage(message)
    return message
  }

  async #mint(arrived: Arrived, valueOf: ValueOf): Promise<Recorded<ReceivedMessage>> {
    const { sink, self, recordTimeoutMs } = this.#init.context
    const { checked, proof, seen, place } = arrived
    const onGivenUp = (): void => {
      this.#unshown.add(checked.id)
      this.#failed(arrived)
    }
    const options = { timeoutMs: recordTimeoutMs, onGivenUp }
    const minting = Recorded.mint(sink, receivedEntry(checked, proof, self, seen), valueOf, options)
    const message = await minting.catch((error: unknown) => {
      throw this.#failed(arrived, error)
    })
    if (!place.turn.isOverAt(place)) return message
    this.#unshown.add(checked.id)
    throw overtaking()
  }

  #failed({ checked, place }: Arrived, error?: unknown): unknown {
    this.#init.onFailed(checked.record.actor, place)
    return error
  }

  /**
   * The record that there is of it. One after the other: messages are recorded and shown in the order in which these end,
   * and that must be the order of arrival.
   */
  async #look(arrived: Arrived, valueOf: ValueOf): Promise<Recorded<ReceivedMessage> | undefined> {
    const { sink, recordTimeoutMs } = this.#init.context
    const { id: message } = arrived.checked
    const looking = this.#lastLook.then(async () => {
      const seq = await sink.lookup(message)
      return seq === undefined ? undefined : Recorded.recall(sink, { kind: 'received', seq, message }, valueOf)
    })
    const look = readInTime(looking, recordTimeoutMs).catch((error: unknown) => {
      throw this.#failed(arrived, error)
    })
    this.#lastLook = look.catch(() => undefined)
    return look
  }
}

function unavailable(why: string): MessengerError {
  return new MessengerError('AUDIT_UNAVAILABLE', why)
}

function overtaking(): MessengerError {
  return unavailable('a message before this one could not be recorded, and is not to be overtaken')
}
