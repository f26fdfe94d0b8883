import {
  AUDIT_ERROR_CODES,
  type AuditErrorCode,
  type AuditStore,
  type StoredEntry,
  verifyLog,
} from '../../src/index.ts'
import { type LevelSnapshot, levelSnapshot } from '../../src/stores/level-snapshot.ts'
import { levelStore } from '../../src/stores/level.ts'
import { logOf } from '../support.ts'

type Bytes = 'as written' | 'payloads differ' | 'records differ'

/** What a folder is taken for, and what can be read from it. */
export interface Outcome {
  readonly opening: AuditErrorCode | 'opens' | `not documented: ${string}`
  /** The verifier's, or the code with which nothing could be read. */
  readonly verdict: string
  readonly bytes: Bytes
}

/** What the verifier says of it; the folder stays as it is. */
export async function readingOf(folder: string, written: readonly StoredEntry[]): Promise<Omit<Outcome, 'opening'>> {
  let snapshot: LevelSnapshot
  try {
    snapshot = await levelSnapshot(folder)
  } catch (error) {
    return { verdict: codeOf(error), bytes: 'records differ' }
  }
  try {
    const { verdict } = await verifyLog(snapshot)
    const bytes = await entriesOf(snapshot).then(
      (entries) => compared(entries, written),
      () => 'records differ' as const,
    )
    return { verdict, bytes }
  } finally {
    await snapshot.close()
  }
}

/** What the log says of it; LevelDB has then written to the folder. */
export async function openingOf(folder: string): Promise<Outcome['opening']> {
  let store: AuditStore | undefined
  try {
    store = await levelStore(folder)
    await logOf(store)
    return 'opens'
  } catch (error) {
    return codeOf(error)
  } finally {
    await store?.close()
  }
}

function codeOf(error: unknown): AuditErrorCode | `not documented: ${string}` {
  const { code } = error as { code?: AuditErrorCode }
  return code !== undefined && AUDIT_ERROR_CODES.includes(code) ? code : `not documented: ${String(error)}`
}

/** How what is read from a log differs from what was written; the graver of two. */
function compared(entries: readonly StoredEntry[], written: readonly StoredEntry[]): Bytes {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const linesOf = (all: readonly StoredEntry[]): string => all.map(({ seq, line }) => `${seq} ${hex(line)}`).join('\n')
  const payloadsOf = (all: readonly StoredEntry[]): string =>
    all
      .flatMap(({ payloads }) => payloads.map((each) => `${each.label} ${hex(each.salt)} ${hex(each.bytes)}`))
      .join('\n')
  if (linesOf(entries) !== linesOf(written)) return 'records differ'
  return payloadsOf(entries) === payloadsOf(written) ? 'as written' : 'payloads differ'
}

async function entriesOf(source: Pick<AuditStore, 'read'>): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = []
  for await (const piece of source.read()) entries.push(...piece)
  return entries
}
