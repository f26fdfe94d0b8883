import type { LogSource, SeenCheckpoint } from '@branchline/audit-sink'
import { type Copy, copyOf, cutTo, signed, storeOf } from '../../packages/audit-sink/test/attacks/copy.ts'
import {
  type Desk,
  openDesk,
  openTown,
  recovered,
  rotated,
  say,
  type Town,
} from '../../packages/audit-sink/test/attacks/town.ts'
import { hold } from '../../packages/audit-sink/test/attacks/what-others-hold.ts'

/** Logs as they are exported, and what an auditor has from elsewhere of them. */
export interface Exhibits {
  readonly logs: readonly LogSource[]
  readonly checkpoints?: readonly Uint8Array[]
}

/** What was done, what a verifier says of the first log who knows the director and who does not, and how it is done. */
export type Scenario = readonly [what: string, known: string, unknown: string, exhibits: () => Promise<Exhibits>]

export const CHANGED_AT = 16
export const KEPT = 10
/** Whom nobody else's log tells of. */
export const DAN = '12D3KooWDanDanDanDanDanDanDanDanDanDanDanDanDanDanDa'

export interface Rotated extends Town {
  /** Ann with the key before. */
  readonly old: Desk
  readonly copy: Copy
}

/** Ann's key is changed in record 16, and she and Bea write on: 22 records. */
export async function rotatedTown(): Promise<Rotated> {
  const town = await openTown()
  const ann = await rotated(town.ann)
  for (const text of ['The atlas goes back on Monday.', 'Has it come?']) await say(ann, town.bea, text)
  await say(town.bea, ann, 'It has.')
  return { ...town, old: town.ann, ann, copy: await copyOf(ann) }
}

export interface Recovered extends Town {
  /** Ann's log as it was before a backup was put back. */
  readonly dead: Copy
  /** Ann with the key before. */
  readonly old: Desk
}

/** Of 16 records 10 are left, a director lets them go on, and Ann and Bea write more than she had. */
export async function recoveredTown(
  recover = async (desk: Desk, left: Copy): Promise<Desk> => recovered(desk, await storeOf(left)),
): Promise<Recovered> {
  const town = await openTown()
  const dead = await copyOf(town.ann)
  const ann = await recover(town.ann, cutTo(dead, KEPT))
  for (const text of ['Sorry, I have lost some.', 'Which?', 'The last six.', 'I have them.'])
    await say(ann, town.bea, text)
  return { ...town, old: town.ann, ann, dead }
}

export const storesOf = ({ ann, bea, cid }: Town): LogSource[] => [ann.store, bea.store, cid.store]

/** A checkpoint of what this log was with so many records, as a note by this key. */
export async function noteBy(signer: Desk, copy: Copy, size: number): Promise<Uint8Array> {
  return (await signed(cutTo(copy, size), signer)).note as Uint8Array
}

export async function seenBy(signer: Desk, copy: Copy, size: number): Promise<SeenCheckpoint> {
  const [origin = '', , root = '', , line = ''] = Buffer.from(await noteBy(signer, copy, size))
    .toString()
    .split('\n')
  const signature = Buffer.from(line.split(' ').at(-1) as string, 'base64').subarray(4)
  return [origin, size, Buffer.from(root, 'base64').toString('hex'), signature.toString('hex')]
}

/** Dan's log, which holds such a checkpoint in record 1. */
export async function danWith(seen: SeenCheckpoint): Promise<LogSource> {
  const dan = await openDesk(DAN)
  await hold(dan, seen)
  return dan.store
}
