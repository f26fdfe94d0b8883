import { readKeyFile, replaceKeyFile } from './key-file.ts'
import { type LogSigner, logSigner, openLogKey } from './log-key.ts'

/** The keys of a log that lie on this machine. */
export interface LogKeys {
  readonly signer: LogSigner
  /** To which the log is being changed, or was when the process ended. */
  readonly nextSigner: LogSigner | undefined
}

/** A new key waits beside the old until the log has on record that it is in force. */
const nextOf = (file: string): string => `${file}.next`

/**
 * The log key in a file, made when it is not there, and the one that waits to take its place. Both go to `auditLog`, and
 * what that then has as its key to `settleLogKeys`.
 * @throws AuditError KEY_EXPOSED, KEY_UNREADABLE
 */
export async function openLogKeys(file: string, origin: string): Promise<LogKeys> {
  const next = await readKeyFile(nextOf(file))
  // Without this, a key would be made for a log that goes on under the one that waits.
  const signer =
    next === undefined || (await readKeyFile(file)) !== undefined ? await openLogKey(file, origin) : undefined
  const nextSigner = next === undefined ? undefined : logSigner(origin, next)
  return { signer: signer ?? (nextSigner as LogSigner), nextSigner }
}

/**
 * The log keys that are there, and none made.
 * @throws AuditError KEY_EXPOSED, KEY_UNREADABLE
 */
export async function readLogKeys(file: string, origin: string): Promise<LogSigner[]> {
  const keys = [await readKeyFile(file), await readKeyFile(nextOf(file))]
  return keys.flatMap((key) => (key === undefined ? [] : [logSigner(origin, key)]))
}

/**
 * The key that is to take the place of the one in a file: made, unless one waits already.
 * @throws AuditError KEY_EXPOSED, KEY_UNREADABLE
 */
export async function openNextLogKey(file: string, origin: string): Promise<LogSigner> {
  return openLogKey(nextOf(file), origin)
}

/**
 * Puts the key that waits in the place of the old one when it is in force.
 * @param key - verifier key in force
 */
export async function settleLogKeys(file: string, { nextSigner }: LogKeys, key: string): Promise<void> {
  if (nextSigner?.vkey === key) await replaceKeyFile(file, nextOf(file))
}
