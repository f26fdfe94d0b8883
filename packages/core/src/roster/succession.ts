import { verify } from 'node:crypto'
import type { LogSigner } from '@branchline/audit-sink'
import { NOTE_KEY, parseVerifierKey } from '@branchline/audit-sink/tlog'
import type { RosterContent, Succession } from './roster.ts'

/** What a director signs who gives way to others, or takes them in (spec/roster.md section 3). */
export function successionText(library: string, { serial, directors }: Omit<Succession, 'by' | 'signature'>): string {
  return `${['branchline/v1/directors', library, serial, ...directors].join('\n')}\n`
}

export async function signSuccession(
  library: string,
  change: Pick<Succession, 'serial' | 'directors'>,
  signer: LogSigner,
): Promise<Succession> {
  const signature = await signer.sign(Buffer.from(successionText(library, change)))
  return { ...change, by: signer.vkey, signature: Buffer.from(signature).toString('hex') }
}

/** Whether those who sign now became directors by the word of those who were directors in the roster held. */
export function leadsOn(held: RosterContent, offered: RosterContent): boolean {
  let directors = held.directors
  for (const step of offered.succession.filter(({ serial }) => serial > held.serial)) {
    if (!directors.includes(step.by) || !isRight(offered.library, step)) return false
    directors = step.directors
  }
  return directors.join('\n') === offered.directors.join('\n')
}

function isRight(library: string, step: Succession): boolean {
  const { key } = parseVerifierKey(step.by, NOTE_KEY)
  return verify(null, Buffer.from(successionText(library, step)), key, Buffer.from(step.signature, 'hex'))
}
