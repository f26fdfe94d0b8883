import { stripVTControlCharacters } from 'node:util'

const REPLACEMENT = '\u{FFFD}'
/**
 * What is left after the escape sequences of `stripVTControlCharacters` are gone and could still act on a terminal or
 * deceive a reader: C0 but for line feed and tab, DEL, C1 (8-bit introducers among them), bidirectional controls,
 * zero-width characters but the joiner that emoji need, line and paragraph separators, invisible operators, interlinear
 * annotation, tags.
 */
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}]/gu
const LINE_BREAKS = /[\n\t]/g

/** Text from anyone, as it may be shown in a terminal: normalised (NFC), without controls; line feed and tab stay. */
export function sanitise(text: string): string {
  return stripVTControlCharacters(text.toWellFormed()).normalize('NFC').replace(UNSAFE, REPLACEMENT)
}

/** The same for what must stay on its line, such as a name. */
export function sanitiseLine(text: string): string {
  return sanitise(text).replace(LINE_BREAKS, REPLACEMENT)
}
