import { HEX, isOf } from '../characters.ts'
import type { Hash } from '../hash.ts'
import { SIGNATURE_DIGITS } from '../limits.ts'
import type { AuditRecord, Detail } from './record.ts'

/** What a statement of continuation says (spec/audit-log.md section 12). */
export interface Continuation {
  readonly origin: string
  /** Number of records that the log keeps: `seq` of the record with the statement. */
  readonly size: number
  /** Of the first `size` records. */
  readonly root: Hash
  /** Verifier key in force for every checkpoint of more than `size` records. */
  readonly key: string
  /** 1 to 1,024 bytes, without control characters. */
  readonly reason: string
}

const DOMAIN = 'branchline/v1/continuation'
/** Unicode's category Cc: the reason is one line, and shows as it is. */
const CONTROL = /\p{Cc}/u

/** What is signed. */
export function continuationText({ origin, size, root, key, reason }: Continuation): string {
  return `${[DOMAIN, origin, size, Buffer.from(root, 'hex').toString('base64'), key, reason].join('\n')}\n`
}

/** Whether a record is a statement of continuation: a rotation, or a recovery that a director signed. */
export function isContinuation({ kind, detail }: Pick<AuditRecord, 'kind' | 'detail'>): boolean {
  return kind === 'key-rotate' || (kind === 'recovery' && detail?.['key'] !== undefined)
}

/** @returns what of section 3 a `key-rotate` or a `recovery` does not keep */
export function continuationFlaw({ kind, detail = {}, reason }: AuditRecord): string | undefined {
  const isRotation = kind === 'key-rotate'
  if (!isRotation && detail['key'] === undefined) {
    return isOnly(detail, ['found-from', 'found-to'], 'number') ? undefined : FORMS
  }
  const { 'known-size': knownSize = 0, ...statement } = detail
  if (isRotation && detail['known-size'] !== undefined) return '"detail.known-size" is that of a recovery'
  if (typeof knownSize !== 'number') return '"detail.known-size" is an integer'
  const names = isRotation ? ['key', 'signature'] : ['key', 'signature', 'signer']
  if (!isOnly(statement, names, 'string')) return isRotation ? '"detail" has "key" and "signature" alone' : FORMS
  const signature = String(detail['signature'])
  if (signature.length !== SIGNATURE_DIGITS || !isOf(signature, HEX)) return '"detail.signature" is 128 hex digits'
  if (reason === undefined || CONTROL.test(reason)) return 'a statement of continuation needs a reason of one line'
  return undefined
}

const FORMS = '"detail" of a recovery has "found-from" and "found-to", or "key", "signer" and "signature"'

function isOnly(detail: Detail, names: readonly string[], type: 'number' | 'string'): boolean {
  return Object.keys(detail).length === names.length && names.every((name) => typeof detail[name] === type)
}
