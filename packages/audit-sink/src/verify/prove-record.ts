import { AuditError } from '../errors.ts'
import { leafHash } from '../hash.ts'
import { type KeyChange, keyEpochs, keyInForce } from '../keys/epochs.ts'
import { isContinuation } from '../record/continuation.ts'
import { parseHeadNote, readHeadNote, withoutPadding } from '../tlog/head-note.ts'
import type { AbortOptions } from '../sink.ts'
import { inclusionProof } from '../tlog/proofs.ts'
import { formatInclusionFile } from '../tlog/proof-file.ts'
import { TiledTree } from '../tlog/tiled-tree.ts'
import { genesisOf } from './genesis-check.ts'
import { readEntry } from './read-entry.ts'
import type { LogSource } from './verify-log.ts'

/** What a statement of continuation has in its line; to parse every record would take much longer than to hash it. */
const STATEMENTS = ['"kind":"key-rotate"', '"kind":"recovery"']

/**
 * The proof that a record is in a log, as text of a C2SP `.tlog-proof` with the record's line in it, under the
 * checkpoint that the log last signed. Holds one hash a record in memory.
 * @throws AuditError AUDIT_PROOF_IMPOSSIBLE when there is no such record under the head note, or the log does not have
 *   the root that the note says; NOTE_MALFORMED, CHECKPOINT_MALFORMED, NOTE_UNVERIFIED for the note; KEY_CHANGE_WRONG, KEY_UNREADABLE for the log's keys
 */
export async function proveRecord(source: LogSource, seq: number, options: AbortOptions = {}): Promise<string> {
  const note = await source.headNote?.()
  if (note === undefined) throw impossible('there is no head note, so nothing says which tree the log signed for')
  const kept = new Map<string, Uint8Array>()
  const tree = new TiledTree(async (level, index) => kept.get(`${level}.${index}`))
  const { size } = (await source.head()) ?? { size: 0 }
  const signed = parseHeadNote(note)
  const changes: KeyChange[] = []
  let vkey = ''
  let line: Uint8Array | undefined
  for await (const piece of source.read()) {
    options.signal?.throwIfAborted()
    for (const stored of piece) {
      if (stored.seq === 0) vkey = genesisOf(readEntry(stored))?.vkey ?? ''
      const record = STATEMENTS.some((kind) => bytesOf(stored.line).includes(kind))
        ? readEntry(stored).record
        : undefined
      if (record !== undefined && isContinuation(record) && record.seq < signed.size) {
        changes.push({ record, line: stored.line, root: tree.root() })
      }
      if (stored.seq === seq) line = stored.line
      if (stored.seq === tree.size && tree.size < signed.size) tree.append(leafHash(stored.line))
    }
    for (const { level, index, hashes } of tree.takeComplete()) kept.set(`${level}.${index}`, hashes)
  }
  if (line === undefined || seq >= signed.size) {
    throw impossible(`the log has ${size} records, and its head note is of ${signed.size}`)
  }
  readHeadNote(note, keyInForce(keyEpochs(vkey, changes), signed.size))
  if (tree.size !== signed.size || tree.root() !== signed.root) {
    throw impossible('the log is not the one that its head note signed for; see "branchline audit verify"')
  }
  const path = await inclusionProof(tree, seq, signed.size)
  const checkpoint = withoutPadding(note).toString('utf8')
  return formatInclusionFile({ extra: line, index: seq, path, checkpoint })
}

function impossible(why: string): AuditError {
  return new AuditError('AUDIT_PROOF_IMPOSSIBLE', `the record cannot be proved: ${why}`)
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
