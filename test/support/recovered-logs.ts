import type { LogSource } from '@branchline/audit-sink'
import {
  backdated,
  chained,
  type Copy,
  copyOf,
  cutTo,
  signed,
  sourceOf,
  storeOf,
  withRecord,
} from '../../packages/audit-sink/test/attacks/copy.ts'
import {
  type Desk,
  openDesk,
  recovered,
  recoveredUnderOneKey,
  rotated,
} from '../../packages/audit-sink/test/attacks/town.ts'
import { holdEvidenceOfLoss } from '../../packages/audit-sink/test/attacks/what-others-hold.ts'
import { DAN, KEPT, noteBy, recoveredTown, type Scenario, storesOf } from './continued-logs.ts'

const LOST = `INCOMPLETE, ${KEPT} RECORDS_LOST`
const underOneKey = async (desk: Desk, left: Copy): Promise<Desk> => recoveredUnderOneKey(desk, await storeOf(left))

export async function recoveredAndLost(): Promise<LogSource[]> {
  const town = await recoveredTown()
  return [sourceOf(town.dead), ...storesOf(town)]
}

export const RECOVERED: readonly Scenario[] = [
  [
    'a log that a director let go on, among colleagues who hold what was lost',
    LOST,
    'REWRITTEN, 9 LOG_REWRITTEN, 10 RECORDS_LOST, 19 HEAD_NOTE_WRONG',
    async () => ({ logs: storesOf(await recoveredTown()) }),
  ],
  [
    'the copy that was lost, found again',
    LOST,
    'FORKED, 10 LOG_FORKED, 10 RECORDS_LOST, 19 HEAD_NOTE_WRONG',
    async () => {
      const { ann, dead } = await recoveredTown()
      return { logs: [ann.store, sourceOf(dead)] }
    },
  ],
  [
    'the copy that was lost, among colleagues who hold what came after, before the one that goes on',
    LOST,
    'INTACT',
    async () => ({ logs: await recoveredAndLost() }),
  ],
  [
    'the copy that was lost, and it alone, among colleagues',
    'INTACT',
    'INTACT',
    async () => {
      const { dead, cid } = await recoveredTown()
      return { logs: [sourceOf(dead), cid.store] }
    },
  ],
  [
    'a checkpoint of what was lost',
    LOST,
    'REWRITTEN, 14 LOG_REWRITTEN, 19 HEAD_NOTE_WRONG',
    async () => {
      const town = await recoveredTown(async (desk, left) =>
        recovered(desk, await storeOf({ ...left, note: Buffer.from('hello\n') })),
      )
      return { logs: [town.ann.store, town.cid.store], checkpoints: [town.dead.note as Uint8Array] }
    },
  ],
  [
    'a checkpoint of other records than those that were kept',
    'REWRITTEN, 5 LOG_REWRITTEN, 10 RECORDS_LOST',
    'REWRITTEN, 5 LOG_REWRITTEN, 10 RECORDS_LOST, 19 HEAD_NOTE_WRONG',
    async () => {
      const town = await recoveredTown()
      const early = chained(withRecord(cutTo(town.dead, 9), 1, backdated))
      return { logs: [town.ann.store], checkpoints: [await noteBy(town.old, early, 9)] }
    },
  ],
  [
    'two histories since a director let it go on',
    'FORKED, 10 RECORDS_LOST, 18 LOG_FORKED',
    'REWRITTEN, 9 LOG_REWRITTEN, 10 RECORDS_LOST, 19 HEAD_NOTE_WRONG',
    async () => {
      const { ann, bea } = await recoveredTown()
      const copy = await copyOf(ann)
      const fork = await signed(chained(withRecord(copy, copy.entries.length - 1, backdated)), ann)
      return { logs: [ann.store, sourceOf(fork), bea.store] }
    },
  ],
  [
    'two recoveries of one log in one place',
    `FORKED, ${KEPT} LOG_FORKED, ${KEPT} RECORDS_LOST`,
    'TAMPERED, 10 RECORDS_LOST, 19 HEAD_NOTE_WRONG',
    async () => {
      const { ann, old, dead } = await recoveredTown()
      const other = await recovered(old, await storeOf(cutTo(dead, KEPT)))
      return { logs: [ann.store, other.store] }
    },
  ],
  [
    'a log that went on under the key that it had',
    LOST,
    'REWRITTEN, 9 LOG_REWRITTEN, 10 RECORDS_LOST',
    async () => ({ logs: storesOf(await recoveredTown(underOneKey)) }),
  ],
  [
    'a log that went on under the key that it had, and the copy that was lost',
    LOST,
    'FORKED, 10 LOG_FORKED, 10 RECORDS_LOST',
    async () => {
      const { ann, dead, bea } = await recoveredTown(underOneKey)
      return { logs: [ann.store, sourceOf(dead), bea.store] }
    },
  ],
  [
    'evidence of what was lost and what came after, under one key',
    `${LOST}, ${KEPT} RECORDS_LOST`,
    'FORKED, 0 LOG_FORKED, 9 LOG_REWRITTEN, 10 RECORDS_LOST',
    async () => {
      const town = await recoveredTown(underOneKey)
      await holdEvidenceOfLoss(town.cid, town.ann, town.dead)
      return { logs: storesOf(town) }
    },
  ],
  [
    'a log that went on twice, and had its key changed between',
    `INCOMPLETE, ${KEPT} RECORDS_LOST, ${KEPT + 2} RECORDS_LOST`,
    'REWRITTEN, 9 LOG_REWRITTEN, 10 RECORDS_LOST, 12 RECORDS_LOST, 21 HEAD_NOTE_WRONG',
    async () => {
      const town = await recoveredTown(async (desk, left) => {
        const once = await rotated(await recovered(desk, await storeOf(left)))
        await once.log.append([{ kind: 'roster', actor: once.peer }])
        return recovered(once, await storeOf(cutTo(await copyOf(once), KEPT + 2)))
      })
      return { logs: storesOf(town) }
    },
  ],
  [
    'a recovery by a stranger',
    'REWRITTEN, 9 LOG_REWRITTEN, 10 RECORDS_LOST, 19 HEAD_NOTE_WRONG',
    'REWRITTEN, 9 LOG_REWRITTEN, 10 RECORDS_LOST, 19 HEAD_NOTE_WRONG',
    async () => {
      const stranger = (await openDesk(DAN)).signer
      return {
        logs: storesOf(
          await recoveredTown(async (desk, left) => recovered(desk, await storeOf(left), { director: stranger })),
        ),
      }
    },
  ],
  [
    'the note that was found, beside the record of a recovery that came last',
    LOST,
    'ROLLED_BACK, 10 RECORDS_LOST, 11 LOG_ROLLED_BACK',
    async () => {
      const { ann, dead, cid } = await recoveredTown()
      return { logs: [sourceOf(cutTo({ ...(await copyOf(ann)), note: dead.note }, KEPT + 1)), cid.store] }
    },
  ],
  [
    'a record altered before a director let it go on',
    'TAMPERED, 8 RECORD_ALTERED',
    'TAMPERED, 8 RECORD_ALTERED',
    async () => {
      const { ann, bea } = await recoveredTown()
      const copy = await copyOf(ann)
      return { logs: [sourceOf(withRecord(copy, 8, backdated)), bea.store] }
    },
  ],
]
