/** A copy of a head note's file has line feeds at its end that are no part of the note. */
export function withoutPadding(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replace(/\n+$/, '\n'), 'latin1')
}
