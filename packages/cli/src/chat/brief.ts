import { sanitiseLine } from '@branchline/core'

const MAX_CHARACTERS = 40

/** The beginning of a text, so that one knows which it is; on one line, as it may be shown. */
export function brief(text: string): string {
  const line = sanitiseLine(text.replaceAll(/\s+/g, ' ').trim())
  const characters = Array.from(line)
  return characters.length <= MAX_CHARACTERS ? line : `${characters.slice(0, MAX_CHARACTERS - 1).join('')}…`
}
