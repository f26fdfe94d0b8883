import type { Witness } from './report.ts'

export interface Proven {
  readonly size: number
  readonly headNoteSize: number | undefined
  readonly witnessed: Witness | undefined
  readonly unknownDirectors: readonly { readonly seq: number; readonly key: string }[]
}

/** What a check of one log leaves open, in plain words; less where more was proved. */
export function notProven({ size, headNoteSize, witnessed, unknownDirectors }: Proven): string[] {
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
  open.push('That the clock of the machine was right, and that the person named was at the keyboard.')
  open.push('That nobody spoke by another channel, which no log of this system can see.')
  return open
}
