/** Under which the lines of one event stand after the first, so that none of them can pass for another event. */
export const INDENT = '       '

/** Combining marks take no place; what may be wide is taken for wide. */
const NOTHING = /\p{M}|\u200d|[\ufe00-\ufe0f]/u
const NARROW_TO = 0x10ff

/**
 * Breaks lines where a terminal would, at spaces where there are any, so that what goes on stands under the indent: else
 * somebody could write a text whose end looks like a line of its own.
 */
export function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, Math.max(columns, 3 * INDENT.length)))
    .join('\n')
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = []
  let rest = line
  for (let end = endOf(rest, columns); end < rest.length; end = endOf(rest, columns)) {
    const space = rest.lastIndexOf(' ', end)
    const cut = space > INDENT.length && rest.slice(0, space).trim() !== '' ? space : end
    lines.push(rest.slice(0, cut))
    rest = `${INDENT}${rest.slice(cut).replace(/^ /u, '')}`
  }
  return [...lines, rest]
}

/** How much of a line fits, in UTF-16 units; the last column stays free, since some terminals break after it. */
function endOf(line: string, columns: number): number {
  let width = 0
  let end = 0
  for (const character of line) {
    width += widthOf(character)
    if (width >= columns) return end
    end += character.length
  }
  return end
}

function widthOf(character: string): number {
  if (NOTHING.test(character)) return 0
  if (character === '\t') return 8
  return (character.codePointAt(0) as number) <= NARROW_TO ? 1 : 2
}
