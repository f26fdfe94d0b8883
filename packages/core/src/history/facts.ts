import * as keys from './keys.ts'
import { isShown, type Row } from './row.ts'

export type Fact = readonly [key: string, value: string]

/**
 * All that the index holds of a message because of that message alone. What it does to another stands under that one's
 * ID, whether or not that one is there: so it takes effect when that one comes, and is gone when these keys are.
 */
export function factsOf(row: Row): Fact[] {
  const { id, conversation, after } = row
  const facts: Fact[] = [[keys.messageKey(id), JSON.stringify(row)]]
  if (isShown(row)) facts.push([`o${conversation}\0${keys.placeOf(row)}`, ''])
  for (const before of after) facts.push([`${keys.laterThan(before)}\0${id}`, ''])
  facts.push(...deedsOf(row))
  return facts
}

function deedsOf(row: Row): Fact[] {
  const { id, seq, conversation, from, sentAt, deed } = row
  const by = (target: string, effect: keys.Effect): string => keys.effectsBy(target, effect, conversation, from)
  const marks = (mark: keys.Mark) => (target: string) =>
    [`${keys.marksBy(target, mark, conversation, from)}\0${keys.markTail(sentAt, id)}`, ''] as const
  switch (deed.type) {
    case 'edit':
      return [[`${by(deed.of, 'e')}\0${keys.placeOf(row)}`, '']]
    case 'retract':
      return [[`${by(deed.of, 'r')}\0${id}`, '']]
    case 'reply':
      return [[`${by(deed.to, 'a')}\0${id}`, '']]
    case 'pull-step':
      return [[`${by(deed.of, 'p')}\0${id}`, '']]
    case 'mark':
      return [...deed.read.map(marks('r')), ...deed.acknowledged.map(marks('a'))]
    case 'pull':
      return [[keys.pullKey(seq), id]]
    case 'desk':
      return [[`t${conversation}\0${keys.placeOf(row)}`, JSON.stringify([from, deed.step === 'on', toOf(deed)])]]
    case 'group':
      return [[`g${conversation}\0${keys.placeOf(row)}`, '']]
    case 'text':
    case 'urgent':
    case 'pass-on':
    case 'file':
    case 'file-answer':
    case 'gone':
      return []
    default:
      return deed satisfies never
  }
}

const toOf = (deed: object): string | null => ('to' in deed ? (deed.to as string) : null)
