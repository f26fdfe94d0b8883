import { createInterface } from 'node:readline'
import {
  AuditError,
  type AuditReceipt,
  openDirectorKey,
  openNextLogKey,
  originOf,
  type RecoverLogInit,
  recoverLog,
  settleLogKeys,
} from '@branchline/audit-sink'
import { CliError } from '../cli-error.ts'
import { type CliIO, type Context, print, printJson } from '../io.ts'
import type { ProfilePaths } from '../profile/paths.ts'
import type { RecoverFlags } from './audit-continuation.ts'
import { passphraseFor } from './passphrase.ts'

export async function recover(this: Context, flags: RecoverFlags): Promise<void> {
  const { io } = this
  const { openIdentity, peerIdOf } = await import('@branchline/core')
  const { chooseProfile } = await import('../profile/paths.ts')
  const { assertLog, openLog } = await import('../profile/open.ts')
  const { key, reason } = await whatIsMissing(io, flags)
  const director = await openDirectorKey(key, passphraseFor(io))
  const paths = chooseProfile(io, flags.profile)
  await assertLog(paths)
  const owner = peerIdOf(await openIdentity(paths.identity))
  const found = await whyItDoesNotOpen(paths, owner)
  const { seq, record } = await goOn(paths, { owner, director, reason, knownSize: flags.knownSize })
  const log = await openLog(paths, owner)
  const newKey = log.key
  await log.close()
  const size = Number(record.detail?.['known-size'] ?? seq)
  if (flags.json) {
    printJson(io, {
      found: found?.code,
      kept: seq,
      lost: size - seq,
      recordedAs: seq,
      key: newKey,
      director: director.vkey,
    })
    return
  }
  print(io, `found    ${found === undefined ? 'a log that opens' : `${found.code}: ${found.message}`}`)
  print(
    io,
    `lost     ${size > seq ? `records ${seq} to ${size - 1}, as far as is known` : 'no record that is known of'}`,
  )
  print(io, `goes on  from record ${seq}, which says why, by ${director.name}`)
  print(io, `under    ${newKey}`)
  print(io, `Whoever verifies this log must know the director: branchline audit verify --director ${director.vkey}`)
}

interface Given {
  readonly key: string
  readonly reason: string
}

async function whatIsMissing(io: CliIO, { key, reason }: RecoverFlags): Promise<Given> {
  if (key !== undefined && reason !== undefined) return { key, reason }
  if (io.stdin.isTTY !== true) throw new CliError('USAGE', 'give --key FILE, the director’s, and --reason TEXT')
  const lines = createInterface({ input: io.stdin, signal: io.signal })
  const answers = lines[Symbol.asyncIterator]()
  const ask = async (question: string): Promise<string> => {
    io.stdout.write(question)
    const { value } = await answers.next()
    if (typeof value !== 'string' || value.trim() === '') throw new CliError('USAGE', 'nothing was given')
    return value.trim()
  }
  try {
    return {
      key: key ?? (await ask('File with the director’s key: ')),
      reason: reason ?? (await ask('What has happened, in one line: ')),
    }
  } finally {
    lines.close()
  }
}

/** Of logs that a director can let go on. */
const RECOVERABLE: ReadonlySet<string> = new Set([
  'AUDIT_LOG_DAMAGED',
  'AUDIT_LOG_FOREIGN',
  'AUDIT_LOG_ROLLED_BACK',
  'KEY_UNREADABLE',
])

async function whyItDoesNotOpen(paths: ProfilePaths, owner: string): Promise<AuditError | undefined> {
  const { openLog } = await import('../profile/open.ts')
  try {
    await (await openLog(paths, owner)).close()
    return undefined
  } catch (error) {
    if (error instanceof AuditError && RECOVERABLE.has(error.code)) return error
    throw error
  }
}

/** Under a new key always: what was signed for the lost records is then told from what is signed later. */
async function goOn(
  paths: ProfilePaths,
  init: Pick<RecoverLogInit, 'owner' | 'director' | 'reason' | 'knownSize'>,
): Promise<AuditReceipt> {
  const { openStore } = await import('../profile/open.ts')
  const store = await openStore(paths)
  try {
    const signer = await openNextLogKey(paths.logKey, originOf(init.owner))
    const receipt = await recoverLog({ ...init, store, signer })
    await settleLogKeys(paths.logKey, { signer, nextSigner: signer }, signer.vkey)
    return receipt
  } finally {
    await store.close()
  }
}
