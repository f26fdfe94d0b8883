import type { AuditSink } from '@branchline/audit-sink'
import type { Logger, Stream } from '@libp2p/interface'

/** What both directions of delivery share. */
export interface DeliveryContext {
  readonly sink: AuditSink
  /** Our peer ID. */
  readonly self: string
  /** What we call ourselves. */
  readonly name: string | undefined
  readonly recordTimeoutMs: number
  readonly log: Logger
  /** Opens a stream of our protocol, connecting first where that is needed. */
  openStream(peer: string, signal: AbortSignal): Promise<Stream>
  /** Told when the record could not be kept: from then on nothing will be sent until someone acts. */
  auditFailed(error: unknown): void
}
