import type { AuditSink } from '@branchline/audit-sink'
import type { Logger, Stream } from '@libp2p/interface'
import type { MessengerError } from '../errors.ts'
import type { RosterKeeper } from '../roster/keeper.ts'
import type { Refusals } from './refusals.ts'

/** What both directions of delivery share. */
export interface DeliveryContext {
  readonly sink: AuditSink
  /** Who takes part. */
  readonly roster: RosterKeeper
  /** Our peer ID. */
  readonly self: string
  /** What we call ourselves. */
  readonly name: string | undefined
  readonly recordTimeoutMs: number
  /** Verifier keys of those by whose word the log of a peer may go on. */
  readonly directors: readonly string[]
  readonly log: Logger
  readonly refusals: Refusals
  /** The line of record 0 of our log. */
  genesis(): Promise<Uint8Array>
  /** Set once our log turned out not to be what it was: nothing is sent or acknowledged any more. */
  readonly stopped: MessengerError | undefined
  stop(error: MessengerError): void
  /** Opens a stream of our protocol, connecting first where that is needed. */
  openStream(peer: string, signal: AbortSignal): Promise<Stream>
  /** Told when the record could not be kept: from then on nothing will be sent until someone acts. */
  auditFailed(error: unknown): void
}
