import { isBlank, nextWord } from './next-word.ts'

/** Whom or what a line names: `@` somebody or a desk, `#` a room, `+` a group. */
export interface Called {
  readonly sign: '@' | '#' | '+'
  readonly name: string
}

/** What a line of the chat asks for. */
export type ChatLine =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'say'; readonly text: Uint8Array; readonly to?: Called }
  | { readonly kind: 'to'; readonly to: Called }
  | { readonly kind: 'verb'; readonly verb: string; readonly rest: Uint8Array }

const SLASH = 0x2f
const SIGNS: Readonly<Record<number, Called['sign']>> = { 0x40: '@', 0x23: '#', 0x2b: '+' }
/** People write +1 to agree, and # 3 for a number: neither is a name. */
const BEGINS_NAME = { '@': /^[^@]/u, '#': /^["\p{L}\p{N}]/u, '+': /^["\p{L}]/u } as const

/**
 * Reads one line: `/verb`, `@name text`, `#room text`, `+group text`, or text for whom one talks with. Text stays bytes:
 * what is not UTF-8 is sent as it is. A line that begins with `//`, `@@`, `##` or `++` is text that begins with one of
 * them.
 */
export function parseLine(line: Uint8Array): ChatLine {
  const [first, second] = line
  if (first === SLASH && second !== SLASH) {
    const { word = '', rest = new Uint8Array() } = nextWord(line.subarray(1)) ?? {}
    return { kind: 'verb', verb: word, rest }
  }
  const address = parseAddress(line)
  if (address !== undefined) {
    const { to, rest } = address
    return isBlank(rest) ? { kind: 'to', to } : { kind: 'say', to, text: rest }
  }
  const isEscaped = first !== undefined && first === second && (first === SLASH || first in SIGNS)
  const text = isEscaped ? line.subarray(1) : line
  return isBlank(text) ? { kind: 'nothing' } : { kind: 'say', text }
}

export interface Address {
  readonly to: Called
  readonly rest: Uint8Array
}

/** `@name text`, or `@"name of several words" text`; likewise for rooms and groups. */
export function parseAddress(line: Uint8Array): Address | undefined {
  const [first, second] = line
  const sign = first === undefined ? undefined : SIGNS[first]
  if (sign === undefined || second === first) return undefined
  const name = line.subarray(1)
  if (!BEGINS_NAME[sign].test(Buffer.from(name.subarray(0, 8)).toString('utf8'))) return undefined
  const { word = '', rest = new Uint8Array() } = nextWord(name) ?? {}
  return { to: { sign, name: word }, rest }
}

/** As it is written in a line. */
export function written({ sign, name }: Called): string {
  return /\s|"/.test(name) ? `${sign}"${name}"` : `${sign}${name}`
}
