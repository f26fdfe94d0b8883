import { MAX_MESSAGE_WORDS, MAX_WORD_BYTES } from '../limits.ts'

const WORD = /[\p{L}\p{N}\p{M}]+/gu
/** Written without spaces between words, so that any two neighbours count as one. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const RUNS = new RegExp(`${UNSPACED.source}+`, 'gu')
const ACCENTS = /[\u0300-\u036f]/g
// oxlint-disable-next-line no-control-regex -- the whole of ASCII is meant
const ASCII = /^[\u0000-\u007f]*$/
const ASCII_WORD = /[0-9a-z]+/g

/** Without case, accents and other ways to write the same letter. */
function folded(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase()
  return text.normalize('NFKD').replace(ACCENTS, '').normalize('NFC').toLowerCase().replaceAll('ß', 'ss')
}

/** The words by which a text is found; at most 512, each at most 64 bytes. */
export function wordsOf(text: string): ReadonlySet<string> {
  const plain = folded(text)
  const words = new Set<string>()
  if (ASCII.test(plain)) {
    for (const [word] of plain.matchAll(ASCII_WORD)) {
      if (words.size === MAX_MESSAGE_WORDS) break
      words.add(word.length > MAX_WORD_BYTES ? word.slice(0, MAX_WORD_BYTES) : word)
    }
    return words
  }
  for (const word of pieces(plain)) {
    if (words.size === MAX_MESSAGE_WORDS) break
    words.add(cut(word))
  }
  return words
}

export interface Query {
  /** Words that must be there. */
  readonly whole: readonly string[]
  /** What a word must begin with. */
  readonly beginnings: readonly string[]
}

/** The last word may go on; so may a single character of a script without spaces, wherever it stands. */
export function queryOf(text: string, maxWords: number): Query {
  const plain = folded(text)
  const found = [...new Set(Array.from(pieces(plain, false), cut))].slice(0, maxWords)
  const isOpen = (word: string, n: number): boolean => n === found.length - 1 || isSingle(word)
  return {
    whole: found.filter((word, n) => !isOpen(word, n)),
    beginnings: found.filter(isOpen),
  }
}

const isSingle = (word: string): boolean => UNSPACED.test(word) && Array.from(word).length === 1

function* pieces(plain: string, isText = true): Iterable<string> {
  for (const [word] of plain.matchAll(WORD)) {
    let end = 0
    for (const run of word.matchAll(RUNS)) {
      if (run.index > end) yield word.slice(end, run.index)
      yield* pairs(run[0], isText)
      end = run.index + run[0].length
    }
    if (end < word.length) yield word.slice(end)
  }
}

/** In a text the last character also stands alone, so that a search for it finds it where nothing follows. */
function* pairs(run: string, isText: boolean): Iterable<string> {
  const characters = Array.from(run)
  for (let n = 1; n < characters.length; n++) yield `${characters[n - 1]}${characters[n]}`
  if (isText || characters.length === 1) yield characters.at(-1) as string
}

function cut(word: string): string {
  if (word.length * 3 <= MAX_WORD_BYTES || Buffer.byteLength(word) <= MAX_WORD_BYTES) return word
  let bytes = 0
  let kept = ''
  for (const character of word) {
    bytes += Buffer.byteLength(character)
    if (bytes > MAX_WORD_BYTES) break
    kept += character
  }
  return kept
}
