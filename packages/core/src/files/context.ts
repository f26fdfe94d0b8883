import type { AuditSink } from '@branchline/audit-sink'
import type { Logger } from '@libp2p/interface'
import type { Reach } from '../delivery/connecting.ts'
import type { What, Where } from '../delivery/letter.ts'
import type { MessengerError } from '../errors.ts'
import type { Posted } from '../messages.ts'
import type { Ledger, Offer } from './ledger.ts'
import type { Quiet } from './quiet.ts'
import type { Room } from './room.ts'
import type { FileStore } from './store.ts'

/** What both directions share. */
export interface FilesContext {
  /** Our peer ID. */
  readonly self: string
  readonly sink: AuditSink
  readonly ledger: Ledger
  readonly store: FileStore
  readonly room: Room
  readonly quiet: Quiet
  readonly log: Logger
  readonly reach: Reach
  readonly post: (where: Where, what: What) => Promise<Posted>
  readonly onProgress: (progress: FileProgress) => void
  readonly onArrived: (file: ArrivedFile) => void
  readonly onFailed: (failure: FileFailure) => void
}

/** A file that somebody offers; `from` is a peer ID, `size` is in bytes. */
export type OfferedFile = Pick<Offer, 'id' | 'from' | 'conversation' | 'name' | 'size' | 'sha256'>

export interface FileProgress extends OfferedFile {
  /** Peer ID of who is at the other end. */
  readonly peer: string
  readonly direction: 'in' | 'out'
  /** Of the file that the receiver has, from its beginning. */
  readonly bytes: number
}

export interface ArrivedFile extends OfferedFile {
  /** Where the bytes are, under their hash. The name is its author's word: sanitise it before it is shown or made a file's. */
  readonly path: string
}

export interface FileFailure extends OfferedFile {
  readonly error: MessengerError
  /** Whether it is fetched no more until it is accepted again; else it goes on by itself. */
  readonly isFinal: boolean
}

export function offeredFile({ id, from, conversation, name, size, sha256 }: Offer): OfferedFile {
  return { id, from, conversation, name, size, sha256 }
}
