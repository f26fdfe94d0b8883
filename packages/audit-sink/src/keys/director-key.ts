import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { AuditError } from '../errors.ts'
import { parseVerifierKey } from '../tlog/note.ts'
import { makeKey, type Passphrase, readKeyFile } from './key-file.ts'
import { type LogSigner, logSigner } from './log-key.ts'

/**
 * Makes a director's key (spec/audit-log.md section 6) in a new file, readable by its owner alone. The verifier key
 * stands above the key, since a director's name is in no other place.
 * @param name - of the director; the key's name is `branchline/director/<name>`
 * @param passphrase - under which the file keeps the key; without it, the file's mode alone does
 * @throws AuditError KEY_EXISTS when the file is there; AUDIT_ENTRY_INVALID for a name that no key can have; KEY_UNREADABLE
 *   when the file cannot be made
 */
export async function makeDirectorKey(file: string, name: string, passphrase?: string): Promise<LogSigner> {
  const signerOf = (key: KeyObject): LogSigner => logSigner(`branchline/director/${name}`, key)
  try {
    return signerOf(await makeKey(file, (key) => `${signerOf(key).vkey}\n`, passphrase))
  } catch (cause) {
    if (cause instanceof AuditError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST')
      throw new AuditError('KEY_EXISTS', `there is a file ${file} already; a key is never written over`)
    throw new AuditError('KEY_UNREADABLE', `the key cannot be written to ${file}: ${message}`, { cause })
  }
}

/**
 * Reads the file that `makeDirectorKey` made.
 * @param passphrase - asked for it when the key is kept under one
 * @throws AuditError KEY_EXPOSED; KEY_UNREADABLE, also when the verifier key above it is that of another
 */
export async function openDirectorKey(file: string, passphrase?: Passphrase): Promise<LogSigner> {
  const key = await readKeyFile(file, passphrase)
  if (key === undefined) throw new AuditError('KEY_UNREADABLE', `there is no key in ${file}`)
  const [vkey = ''] = (await readFile(file, 'utf8')).split('\n', 1)
  const said = nameIn(vkey)
  const signer = said === undefined ? undefined : logSigner(said, key)
  if (signer?.vkey === vkey) return signer
  throw new AuditError(
    'KEY_UNREADABLE',
    `the first line of ${file} is not the verifier key of the director's key in it`,
  )
}

function nameIn(vkey: string): string | undefined {
  try {
    return parseVerifierKey(vkey).name
  } catch {
    return undefined
  }
}
