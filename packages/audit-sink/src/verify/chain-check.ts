import type { Head } from '../store.ts'
import type { ReadEntry } from './read-entry.ts'
import type { Findings } from './findings.ts'

/** People set clocks, and machines correct them; a step of less than this is not worth a word. */
const WALL_CLOCK_STEP_MS = 300_000

/**
 * Follows `seq`, `prev` and both clocks. A broken link does not tell which of its two records was changed; the next
 * link does: if that one holds, the later record is as it was, so the earlier one is not; if it is broken too, the
 * record between them is the one. So a broken link is held until the next is known.
 */
export class ChainCheck {
  readonly #findings: Findings
  #before: ReadEntry | undefined
  #nextSeq = 0
  /** The two records of a broken link that is not blamed on either yet. */
  #broken: { readonly earlier: ReadEntry; readonly later: ReadEntry } | undefined

  constructor(findings: Findings) {
    this.#findings = findings
  }

  add(entry: ReadEntry): void {
    const { seq, record, flaw } = entry
    if (seq > this.#nextSeq) this.#missing(this.#nextSeq, seq)
    const follows = seq === this.#nextSeq && this.#before !== undefined
    this.#nextSeq = seq + 1
    if (record === undefined) {
      this.#settle(true)
      this.#findings.add('RECORD_UNREADABLE', seq, `Record ${seq} cannot be read: ${flaw}.`)
    } else if (record.seq !== seq) {
      this.#settle(true)
      this.#findings.add('RECORD_MISPLACED', seq, `At place ${seq} lies a record that says it is number ${record.seq}.`)
    } else if (follows) {
      this.#link(entry, record.prev)
    } else {
      this.#settle(true)
    }
    this.#before = entry
  }

  /**
   * @param signedSize - how many of the records are proved by a signed root: their hashes are right, so what does not
   *   fit them is the head
   */
  finish(head: Head | undefined, signedSize: number): void {
    const last = this.#before
    const isHead = head !== undefined && last !== undefined && head.size === last.seq + 1 && head.leaf === last.leaf
    const brokenBefore = this.#broken !== undefined
    // A head of another size, or none, vouches for nobody: the earlier of the two is blamed then, as anywhere.
    this.#settle(isHead || head?.size !== this.#nextSeq)
    if (isHead) return
    if (head === undefined) {
      this.#findings.add('HEAD_MISMATCH', this.#nextSeq, 'The log has no head, so nothing says where it ended.')
    } else if (head.size > this.#nextSeq) {
      this.#missing(this.#nextSeq, head.size)
    } else if (head.size === this.#nextSeq && isSound(last)) {
      if (signedSize >= head.size) this.#wrongHead(last)
      else if (!brokenBefore) this.#altered(last)
    } else if (head.size < this.#nextSeq) {
      this.#findings.add(
        'HEAD_MISMATCH',
        this.#nextSeq - 1,
        `The log goes on beyond its head, which says ${head.size} records.`,
      )
    }
  }

  /** The log cannot be read any further: nothing is said of its end. */
  breakOff(): void {
    this.#settle(true)
  }

  /** Number of records that the log says to have: those up to the last that is there, or more by its head. */
  sizeBy(head: Head | undefined): number {
    return Math.max(this.#nextSeq, head?.size ?? 0)
  }

  #wrongHead({ seq }: ReadEntry): void {
    this.#findings.add(
      'HEAD_MISMATCH',
      seq,
      `The head holds another hash than that of record ${seq}, which is as it was signed for.`,
    )
  }

  #link(entry: ReadEntry, prev: string): void {
    const before = this.#before as ReadEntry
    const holds = prev === before.leaf
    if (this.#broken !== undefined) {
      this.#settle(holds)
      // The record between two broken links explains both.
      if (!holds) return
    } else if (!holds && isSound(before)) {
      this.#broken = { earlier: before, later: entry }
    }
    if (holds) this.#clock(before, entry)
  }

  /** @param laterHolds - whether the record that the broken link leads into is vouched for by what follows it */
  #settle(laterHolds: boolean): void {
    const broken = this.#broken
    this.#broken = undefined
    if (broken !== undefined) this.#altered(laterHolds ? broken.earlier : broken.later)
  }

  #altered({ seq }: ReadEntry): void {
    this.#findings.add(
      'RECORD_ALTERED',
      seq,
      `Record ${seq} is not the one that was written: the hash kept of it does not match.`,
    )
  }

  #missing(from: number, to: number): void {
    const which = to - from === 1 ? `Record ${from} is` : `Records ${from} to ${to - 1} are`
    this.#findings.add('RECORDS_MISSING', from, `${which} not there.`)
  }

  #clock(before: ReadEntry, entry: ReadEntry): void {
    const [a, b] = [before.record, entry.record]
    if (a === undefined || b === undefined || a.boot !== b.boot) return
    if (b.time < a.time - WALL_CLOCK_STEP_MS) {
      const minutes = Math.round((a.time - b.time) / 60_000)
      const text = `Before record ${entry.seq} the clock on the wall was set back by ${minutes} minutes.`
      this.#findings.remark('WALL_CLOCK_REVERSED', entry.seq, text)
    }
    if (b.mono < a.mono) {
      this.#findings.add(
        'CLOCK_REVERSED',
        entry.seq,
        `Record ${entry.seq} claims to be earlier than the one before it.`,
      )
    }
  }
}

function isSound(entry: ReadEntry | undefined): entry is ReadEntry {
  return entry?.record !== undefined && entry.record.seq === entry.seq
}
