export interface NextWord {
  readonly word: string
  /** It stood in quotes: it is meant as it is. */
  readonly isQuoted: boolean
  /** What comes after it, without the space between. */
  readonly rest: Uint8Array
}

const SPACE = 0x20
const TAB = 0x09
const QUOTE = 0x22

/** The first word of a line, or what stands in quotes there; a quote that is never closed reaches to the end. */
export function nextWord(line: Uint8Array): NextWord | undefined {
  const text = withoutSpace(line)
  if (text.length === 0) return undefined
  const isQuoted = text[0] === QUOTE
  const found = isQuoted ? text.indexOf(QUOTE, 1) : text.findIndex(isSpace)
  const end = found === -1 ? text.length : found
  const word = Buffer.from(text.subarray(isQuoted ? 1 : 0, end)).toString('utf8')
  return { word, isQuoted, rest: afterSpace(text.subarray(isQuoted ? end + 1 : end)) }
}

export function isBlank(text: Uint8Array): boolean {
  return text.every((byte) => isSpace(byte) || byte === 0x0d)
}

/** One space parts a name from a text; any other is the text's own. */
function afterSpace(text: Uint8Array): Uint8Array {
  return text[0] !== undefined && isSpace(text[0]) ? text.subarray(1) : text
}

function withoutSpace(text: Uint8Array): Uint8Array {
  const start = text.findIndex((byte) => !isSpace(byte))
  return start === -1 ? text.subarray(text.length) : text.subarray(start)
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB
}
