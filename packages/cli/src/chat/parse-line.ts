import type { OwnPresence } from '@branchline/core'

/** What a line of the chat asks for. */
export type ChatLine =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'say'; readonly text: Uint8Array; readonly to?: string }
  | { readonly kind: 'to'; readonly name: string }
  | { readonly kind: 'presence'; readonly state: OwnPresence }
  | { readonly kind: 'who' | 'help' | 'quit' }
  | { readonly kind: 'unknown'; readonly command: string }

const SLASH = 0x2f
const AT = 0x40
const SPACE = 0x20

/**
 * Reads one line: `/command`, `@name text`, or text for whom one talks with. Text stays bytes: what is not UTF-8 is
 * sent as it is. A line that begins with `//` or `@@` is text that begins with one of them.
 */
export function parseLine(line: Uint8Array): ChatLine {
  const [first, second] = line
  if (first === SLASH && second !== SLASH) return command(Buffer.from(line.subarray(1)).toString('utf8').trim())
  if (first === AT && second !== AT) return addressed(line.subarray(1))
  const text = (first === SLASH || first === AT) && first === second ? line.subarray(1) : line
  return isBlank(text) ? { kind: 'nothing' } : { kind: 'say', text }
}

function command(words: string): ChatLine {
  const [name = '', ...rest] = words.split(/\s+/)
  if (name === 'to' && rest.length > 0) return { kind: 'to', name: rest.join(' ') }
  if (name === 'who' || name === 'help' || name === 'quit') return { kind: name }
  if (name === 'here' || name === 'busy' || name === 'away') return own(name, rest)
  return { kind: 'unknown', command: name }
}

/** Nothing can be added to it: a word that is not on record must not seem to have been said. */
function own(state: OwnPresence, rest: readonly string[]): ChatLine {
  return rest.length === 0 ? { kind: 'presence', state } : { kind: 'unknown', command: [state, ...rest].join(' ') }
}

/** `@name text`, or `@"name of several words" text`. */
function addressed(rest: Uint8Array): ChatLine {
  const quoted = rest[0] === 0x22
  const end = quoted ? rest.indexOf(0x22, 1) : rest.indexOf(SPACE)
  const nameEnd = end === -1 ? rest.length : end
  const to = Buffer.from(rest.subarray(quoted ? 1 : 0, nameEnd)).toString('utf8')
  const after = rest.subarray(quoted ? nameEnd + 1 : nameEnd)
  const text = after[0] === SPACE ? after.subarray(1) : after
  return isBlank(text) ? { kind: 'to', name: to } : { kind: 'say', to, text }
}

function isBlank(text: Uint8Array): boolean {
  return text.every((byte) => byte === SPACE || byte === 0x09 || byte === 0x0d)
}
