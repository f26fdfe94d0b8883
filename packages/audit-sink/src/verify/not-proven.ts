import type { Witness } from './report.ts'

export interface Proven {
  readonly size: number
  readonly headNoteSize: number | undefined
  readonly witnessed: Witness | undefined
  readonly unknownDirectors: readonly { readonly seq: number; readonly key: string }[]
  /** The first record whose message was not compared with those before it. */
  readonly repeatsOpenFrom: number | undefined
}

/** What a check of one log leaves open, in plain words; less where more was proved. */
export function notProven(proven: Proven): string[] {
  const { size, headNoteSize, witnessed, unknownDirectors, repeatsOpenFrom } = proven
  const seen = witnessed?.size ?? 0
  const open: string[] = []
  if (seen < size) {
    const which = seen === 0 ? 'That the log' : `That the log from record ${seen} on`
    const text =
      'was not written anew by someone who has its key: nobody else is known to have seen it. Join it with the logs of colleagues, or give a checkpoint that was noted elsewhere.'
    open.push(`${which} ${text}`)
  }
  for (const { seq, key } of unknownDirectors) {
    open.push(
      `That the log may go on from record ${seq}: whether ${key}, who signed for that, is a director, is not known here.`,
    )
  }
  const note = headNoteSize === undefined ? 'its head: there is no head note to rely on' : 'its head and its head note'
  open.push(`That no records after the last were cut off together with ${note}.`)
  if (repeatsOpenFrom !== undefined) {
    const text = 'is on record before: there are too many to compare, or the log could not be read a second time.'
    open.push(`That no message received from record ${repeatsOpenFrom} on ${text}`)
  }
  open.push('That the clock of the machine was right, and that the person named was at the keyboard.')
  open.push('That nobody spoke by another channel, which no log of this system can see.')
  return open
}
