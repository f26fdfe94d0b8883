import type { Hash } from '@branchline/audit-sink'

/** A file that is kept under its hash. */
export interface KeptFile {
  readonly sha256: Hash
  /** Bytes. */
  readonly size: number
}

export interface OpenFile extends AsyncDisposable {
  readonly size: number
  /** As many bytes from there as are asked for; fewer only at the end. */
  read(at: number, length: number): Promise<Uint8Array>
}

/** What is there of a file that is on its way. */
export interface PartialFile extends AsyncDisposable {
  readonly bytes: number
  /** Whether some of it was there when it was opened. */
  readonly isResumed: boolean
  /** @throws MessengerError FILE_STORE_FULL, FILE_STORE_FAILED: then all that was written before is there */
  write(chunk: Uint8Array): Promise<void>
  /**
   * Keeps it when it is what was expected, durably; else throws it away.
   * @throws MessengerError FILE_WRONG, FILE_STORE_FULL, FILE_STORE_FAILED
   */
  finish(expected: KeptFile): Promise<void>
  /** Throws it away. */
  drop(): Promise<void>
}

/** Where the bytes of files are (spec/files.md section 3). Errors are MessengerError FILE_STORE_FULL, FILE_STORE_FAILED. */
export interface FileStore {
  /**
   * Copies what comes, whole or not at all, durably.
   * @throws MessengerError FILE_TOO_LARGE, MESSAGE_EMPTY; FILE_UNREADABLE when the source fails
   */
  keep(source: AsyncIterable<Uint8Array>): Promise<KeptFile>
  /** undefined: it is not there. */
  open(sha256: Hash): Promise<OpenFile | undefined>
  /** Where applications find it. */
  path(sha256: Hash): string
  /** Begins a file, or goes on with it: what is there is hashed anew. One at a time of each offer. */
  partial(offer: Hash): Promise<PartialFile>
  /** Throws away what is there of a file that is not wanted any more. */
  drop(offer: Hash): Promise<void>
  /** Offers of which something is there. */
  partials(): Promise<Hash[]>
  /** Bytes of all that is there, but for what is there of these offers. */
  held(apart: ReadonlySet<Hash>): Promise<number>
}
