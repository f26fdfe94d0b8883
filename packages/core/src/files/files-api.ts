import type { Hash } from '@branchline/audit-sink'
import type { PeerId } from '@libp2p/interface'
import type { TypedEventTarget } from 'main-event'
import type { Where } from '../delivery/letter.ts'
import type { PostOptions } from '../delivery/posting.ts'
import type { Posted } from '../messages.ts'
import type { ArrivedFile, FileFailure, FileProgress, OfferedFile } from './context.ts'
import type { FileSource } from './original.ts'
import type { FileStore, KeptFile } from './store.ts'

/** Where the bytes of files are kept: a folder of their own, or a store. */
export type FilesPlace = ({ readonly folder: string } | { readonly store: FileStore }) & {
  /** Bytes that may be there in all before nothing more is accepted or fetched; default: 10 GiB. */
  readonly maxBytes?: number | undefined
}

/** The events of a type wait, at most 1,024 of them, until somebody listens for it. */
export interface FilesEvents {
  /** Somebody offers a file to us, and that is on record. */
  'file:offered': CustomEvent<OfferedFile>
  /** How far a file is, either way; at most four times a second. */
  'file:progress': CustomEvent<FileProgress>
  /** A file is here, whole, with the hash of its offer, and that is on record. */
  'file:arrived': CustomEvent<ArrivedFile>
  /** A file does not come, or does not at present; said once of each reason. */
  'file:failed': CustomEvent<FileFailure>
}

export interface OfferOptions extends PostOptions {
  /** What the file is called; default: its own name. */
  readonly name?: string | undefined
  /** 1 to 32,768 bytes of UTF-8, said with it. */
  readonly text?: string | undefined
}

/** An offer that is on record, and on its way. */
export type OfferPosted = Posted & KeptFile & { readonly name: string }

export interface Files extends TypedEventTarget<FilesEvents> {
  /**
   * Copies a file into the folder, hashes it, and offers it: what was offered stays what is given, whatever becomes of the
   * original. Its bytes leave when somebody has accepted it (spec/files.md).
   * @param where - as `Messenger.post` has it
   * @param file - a path, or a name and bytes; 1 to 104,857,600 bytes
   * @throws MessengerError CONTENT_MALFORMED, MESSAGE_EMPTY, FILE_TOO_LARGE, FILE_UNREADABLE, FILE_STORE_FULL,
   *   FILE_STORE_FAILED, FILE_STORE_MISSING; what `post` throws. Nothing was recorded or sent.
   */
  offer(where: PeerId | Where, file: FileSource, options?: OfferOptions): Promise<OfferPosted>
  /**
   * Accepts a file that was offered to us: resolves when that is on record. From then on it is fetched, across
   * interruptions and restarts, until `file:arrived`.
   * @param id - message ID of the offer
   * @throws MessengerError FILE_UNKNOWN, FILE_WITHDRAWN, FILE_STORE_MISSING; FILE_QUOTA_REACHED, FILE_STORE_FAILED; what
   *   `post` throws
   */
  accept(id: Hash, options?: PostOptions): Promise<Posted>
  /**
   * Declines it, also after it was accepted: what has come is thrown away.
   * @throws MessengerError FILE_UNKNOWN, FILE_WITHDRAWN, FILE_STORE_MISSING; what `post` throws
   */
  decline(id: Hash, options?: PostOptions): Promise<Posted>
  /** Takes back an offer of ours: from when that is on record not a byte more is given. Throws as `decline` does. */
  withdraw(id: Hash, options?: PostOptions): Promise<Posted>
  /** Something is about to be said: transfers keep silent for a moment, before its record is made, too. */
  hush(): void
}
