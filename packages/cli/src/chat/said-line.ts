import { type RosterKeeper, type Said, sanitise, sanitiseLine } from '@branchline/core'
import { displayName } from '../find-colleague.ts'
import { shownOrigin } from '../shown-origin.ts'
import { when } from './when.ts'
import { wordsOf } from './words-of.ts'
import { INDENT } from './wrap.ts'

type Roster = Pick<RosterKeeper, 'member'>

/** One message of the past: a line, and its further lines under it. */
export function saidLine(said: Said, self: string, roster: Roster): string {
  const { from, as, sentAt } = said
  const name = from === self ? 'you' : sanitiseLine(displayName({ peer: from, name: roster.member(from)?.name }))
  const speaker = as === undefined ? name : `${sanitiseLine(as)} (${name})`
  return `${when(sentAt)}  ${speaker}: ${sanitise(wordsNow(said, roster)).replaceAll('\n', `\n${INDENT}`)}`
}

/** As it reads now. */
function wordsNow({ about, text, origin, isRetracted, isErased, isEdited }: Said, roster: Roster): string {
  if (isErased) return '(erased; the record says why)'
  if (isRetracted) return '(took it back)'
  const words = wordsOf({ about, text: text ?? '', origin: origin && shownOrigin(origin, roster) }) ?? ''
  return isEdited ? `${words} (edited)` : words
}
