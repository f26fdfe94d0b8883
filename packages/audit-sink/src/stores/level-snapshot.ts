import { copyFile, link, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { AuditError, reasonOf } from '../errors.ts'
import type { LogSigner } from '../keys/log-key.ts'
import { checkOpening, type OpenedLog } from '../log/opening.ts'
import type { AuditStore } from '../store.ts'
import type { LogSource } from '../verify/verify-log.ts'
import { headNoteOf } from './head-note-file.ts'
import { levelStore } from './level.ts'

/** Written once by LevelDB and never again, so they need not be copied. */
const TABLE = /\.(ldb|sst)$/
/** LevelDB's lock and its own diary say nothing of the log. */
const LEFT_OUT = /^(LOCK|LOG|LOG\.old)$/
const ATTEMPTS = 3

/** A log as it lay on the disk at one moment. */
export interface LevelSnapshot extends LogSource, AsyncDisposable {
  close(): Promise<void>
}

/**
 * Opens a log for reading without touching its folder: opening a LevelDB in place rewrites its files, and an auditor
 * must not write to the evidence. Tables are linked into a temporary folder, the rest is copied. For a log that no
 * process is writing to; from one that is, ask the process.
 * @throws AuditError AUDIT_STORE_FAILED when there is no log, or none that can be opened
 */
export async function levelSnapshot(folder: string): Promise<LevelSnapshot> {
  const { store, close } = await openCopy(folder)
  return {
    head: () => store.head(),
    read: (range) => store.read(range),
    headNote: () => store.headNote(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What a log would be opened with. */
export interface LevelOpening extends Pick<OpenedLog, 'head' | 'lastTime' | 'notedSize'> {
  /** Verifier keys: of record 0, and of each change after it. */
  readonly keys: readonly string[]
}

/**
 * Whether a log would open, looked at in a copy as `levelSnapshot` makes one: what `auditLog` checks before a first
 * append, and no more. It changes nothing, and proves less than `verifyLog`.
 * @param signers - of one origin
 * @returns undefined for a log that has not begun
 * @throws AuditError as `auditLog` does; AUDIT_STORE_FAILED when there is no log, or none that can be opened
 */
export async function tryOpening(
  folder: string,
  signers: readonly [LogSigner, ...LogSigner[]],
): Promise<LevelOpening | undefined> {
  const { store, close } = await openCopy(folder)
  try {
    const opened = await checkOpening(store, signers)
    if (opened === undefined) return undefined
    const { head, lastTime, notedSize, epochs } = opened
    return { head, lastTime, notedSize, keys: epochs.map(({ vkey }) => vkey) }
  } finally {
    await close()
  }
}

async function openCopy(folder: string): Promise<{ readonly store: AuditStore; readonly close: () => Promise<void> }> {
  const source = resolve(folder)
  await assertLog(source)
  for (let attempt = 1; ; attempt++) {
    const place = await mkdtemp(join(tmpdir(), 'branchline-audit-'))
    const remove = async (): Promise<void> => {
      for (const made of [place, headNoteOf(place)]) await rm(made, { recursive: true, force: true })
    }
    try {
      await linkFiles(source, place)
      await copyHeadNote(source, place)
      const store = await levelStore(place)
      const close = async (): Promise<void> => {
        await store.close()
        await remove()
      }
      return { store, close }
    } catch (cause) {
      await remove()
      // Files that went away under our hands belong to a log that is being written to: look again.
      if (attempt === ATTEMPTS) throw unreadable(source, reasonOf(cause), cause)
    }
  }
}

async function assertLog(folder: string): Promise<void> {
  const current = await stat(join(folder, 'CURRENT')).catch((cause: unknown) => {
    throw unreadable(folder, 'there is no log', cause)
  })
  if (!current.isFile()) throw unreadable(folder, 'there is no log')
}

async function linkFiles(source: string, place: string): Promise<void> {
  const names = await readdir(source)
  for (const name of names) {
    if (LEFT_OUT.test(name)) continue
    const [from, to] = [join(source, name), join(place, name)]
    if (TABLE.test(name)) await linkTable(from, to)
    else await copyFile(from, to)
  }
}

async function copyHeadNote(source: string, place: string): Promise<void> {
  await copyFile(headNoteOf(source), headNoteOf(place)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

async function linkTable(from: string, to: string): Promise<void> {
  if (process.platform !== 'win32') return symlink(from, to)
  await link(from, to).catch(() => copyFile(from, to))
}

function unreadable(folder: string, why: string, cause?: unknown): AuditError {
  return new AuditError('AUDIT_STORE_FAILED', `no log can be read in ${folder}: ${why}`, { cause })
}
