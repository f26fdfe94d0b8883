import type { Cosignature, SignedCheckpoint } from '@branchline/audit-sink'
import { formatCheckpoint, NOTE_KEY, parseVerifierKey, type VerifierKey } from '@branchline/audit-sink/tlog'
import { MessengerError } from '../errors.ts'
import type { PeerLog } from './peer-log.ts'

/** Reads a peer's cosignatures of our checkpoints; one that many receipts bring is checked once. */
export class CosignatureCheck {
  readonly #key: VerifierKey
  #largest = -1
  #checked: { readonly size: number; readonly cosignature: Cosignature } | undefined

  /** @param vkey - our log key's */
  constructor(vkey: string) {
    this.#key = parseVerifierKey(vkey, NOTE_KEY)
  }

  /**
   * @param checkpoint - ours, as it was sent with the message
   * @returns it as a signed note with both signatures, when it is larger than the last one
   * @throws MessengerError RECEIPT_WRONG
   */
  check(
    checkpoint: SignedCheckpoint | undefined,
    theirs: PeerLog,
    cosignature: Cosignature | undefined,
  ): string | undefined {
    if (checkpoint === undefined || cosignature === undefined) throw wrong('without a cosignature')
    if (this.#isChecked(checkpoint, cosignature)) return undefined
    const line = theirs.cosignatureLine(checkpoint, cosignature)
    if (line === undefined) throw wrong('with a cosignature that is not the peer’s for our checkpoint')
    this.#checked = { size: checkpoint.size, cosignature }
    if (checkpoint.size <= this.#largest) return undefined
    this.#largest = checkpoint.size
    const { name, keyId } = this.#key
    return formatCheckpoint(checkpoint, [{ name, keyId, bytes: checkpoint.signature }, line])
  }

  #isChecked({ size }: SignedCheckpoint, { time, signature }: Cosignature): boolean {
    if (this.#checked === undefined || this.#checked.size !== size) return false
    const { cosignature } = this.#checked
    return cosignature.time === time && Buffer.compare(cosignature.signature, signature) === 0
  }
}

function wrong(how: string): MessengerError {
  return new MessengerError('RECEIPT_WRONG', `a receipt comes ${how}`)
}
