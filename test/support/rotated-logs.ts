import {
  again,
  backdated,
  chained,
  copyOf,
  cutTo,
  signed,
  sourceOf,
  withoutCosignatures,
  withRecord,
} from '../../packages/audit-sink/test/attacks/copy.ts'
import { cosignatureOf, openDesk, openTown, rotated } from '../../packages/audit-sink/test/attacks/town.ts'
import { hold, holdEvidence, otherHistory } from '../../packages/audit-sink/test/attacks/what-others-hold.ts'
import { CHANGED_AT, DAN, danWith, noteBy, rotatedTown, type Scenario, seenBy, storesOf } from './continued-logs.ts'

export const ROTATED: readonly Scenario[] = [
  [
    'a log whose key was changed, among its colleagues',
    'INTACT',
    'INTACT',
    async () => ({ logs: storesOf(await rotatedTown()) }),
  ],
  [
    'checkpoints of each of its keys, each in its time',
    'INTACT',
    'INTACT',
    async () => {
      const town = await rotatedTown()
      const { old, ann, copy } = town
      const inTime = [noteBy(old, copy, 9), noteBy(old, copy, CHANGED_AT), noteBy(ann, copy, CHANGED_AT + 1)]
      return { logs: storesOf(town), checkpoints: await Promise.all(inTime) }
    },
  ],
  ...(['old', 'ann'] as const).map(
    (who): Scenario => [
      `a checkpoint by the ${who === 'old' ? 'key before, after' : 'new key, before'} the change`,
      'TAMPERED, 0 CHECKPOINT_UNSIGNED',
      'TAMPERED, 0 CHECKPOINT_UNSIGNED',
      async () => {
        const town = await rotatedTown()
        const size = who === 'old' ? CHANGED_AT + 1 : CHANGED_AT
        return { logs: storesOf(town), checkpoints: [await noteBy(town[who], town.copy, size)] }
      },
    ],
  ),
  ...(['old', 'ann'] as const).map(
    (who): Scenario => [
      `a colleague who holds what the ${who === 'old' ? 'key before signed after' : 'new key signed before'} the change, in one of two copies`,
      'TAMPERED, 1 SEEN_UNSIGNED',
      'TAMPERED, 1 SEEN_UNSIGNED',
      async () => {
        const { ann, copy, ...town } = await rotatedTown()
        const dan = await openDesk(DAN)
        const before = sourceOf(await copyOf(dan))
        await hold(dan, await seenBy({ ...town, ann }[who], copy, who === 'old' ? 20 : 12))
        return { logs: [dan.store, before, ann.store] }
      },
    ],
  ),
  [
    'a witness whose own key was changed since',
    'INTACT',
    'INTACT',
    async () => {
      const town = await rotatedTown()
      return { logs: storesOf({ ...town, bea: await rotated(town.bea) }) }
    },
  ],
  [
    'a cosignature by the new key of a witness, of what was there before the change',
    'INTACT',
    'INTACT',
    async () => {
      const town = await rotatedTown()
      const bea = await rotated(town.bea)
      const payloads = [await cosignatureOf(bea, await seenBy(town.old, town.copy, 12))]
      const told = { actor: town.ann.peer, peers: [bea.peer], message: 'ab'.repeat(32), ref: 1 } as const
      await town.ann.log.append([{ ...told, kind: 'outcome', detail: { result: 'delivered' }, payloads }])
      return { logs: storesOf({ ...town, bea }) }
    },
  ],
  [
    'a head note by the new key, of a log that ends before the change, and the log that goes on',
    'TAMPERED, 12 HEAD_NOTE_WRONG',
    'TAMPERED, 12 HEAD_NOTE_WRONG',
    async () => {
      const { ann, copy } = await rotatedTown()
      return { logs: [sourceOf(await signed(cutTo(copy, 12), ann)), (await openDesk(DAN)).store] }
    },
  ],
  [
    'the change taken back by who has the key before, and the log that goes on',
    'REWRITTEN, 13 LOG_REWRITTEN, 21 LOG_ROLLED_BACK',
    'REWRITTEN, 13 LOG_REWRITTEN, 21 LOG_ROLLED_BACK',
    async () => {
      const { ann, old, copy } = await rotatedTown()
      const backed = chained({ ...copy, entries: copy.entries.toSpliced(CHANGED_AT, 1) })
      return { logs: [sourceOf(await signed(backed, old)), ann.store] }
    },
  ],
  [
    'a change of the key that its key did not sign, which a colleague took for one',
    'TAMPERED, 16 CONTINUATION_WRONG, 17 HEAD_NOTE_WRONG',
    'TAMPERED, 16 CONTINUATION_WRONG, 17 HEAD_NOTE_WRONG',
    async () => {
      const { ann, copy, cid } = await rotatedTown()
      const thief = await openDesk(ann.peer)
      const forged = withRecord(cutTo(copy, CHANGED_AT + 1), CHANGED_AT, (record) => ({
        ...record,
        detail: { ...record.detail, key: thief.signer.vkey },
      }))
      const stolen = await signed(chained(forged), thief)
      return { logs: [sourceOf(stolen), cid.store, await danWith(await seenBy(thief, stolen, CHANGED_AT + 1))] }
    },
  ],
  [
    'a log rewritten after the change, whose head note is left, and a colleague who was shown two histories',
    'FORKED, 20 LOG_FORKED',
    'FORKED, 20 LOG_FORKED',
    async () => {
      const { ann, bea, copy } = await rotatedTown()
      await hold(bea, await otherHistory(ann, 22))
      return { logs: [sourceOf(chained(withRecord(copy, 21, backdated))), bea.store] }
    },
  ],
  [
    'evidence against the key before',
    'FORKED, 0 LOG_FORKED',
    'FORKED, 0 LOG_FORKED',
    async () => {
      const town = await openTown()
      await holdEvidence(town.bea, town.ann)
      return { logs: storesOf({ ...town, ann: await rotated(town.ann) }) }
    },
  ],
  [
    'evidence against the new key',
    'FORKED, 0 LOG_FORKED',
    'FORKED, 0 LOG_FORKED',
    async () => {
      const town = await rotatedTown()
      await holdEvidence(town.bea, town.ann)
      return { logs: storesOf(town) }
    },
  ],
  [
    'a genesis whose key bears another name, among colleagues',
    'TAMPERED, 0 GENESIS_WRONG, 16 HEAD_NOTE_WRONG',
    'TAMPERED, 0 GENESIS_WRONG, 16 HEAD_NOTE_WRONG',
    async () => {
      const { ann, bea, cid } = await openTown()
      const bare = withoutCosignatures(await copyOf(ann), 0)
      const misnamed = withRecord(bare, 0, (record) => ({
        ...record,
        detail: { ...record.detail, key: cid.signer.vkey },
      }))
      return { logs: [sourceOf(await signed(chained(misnamed), ann)), bea.store] }
    },
  ],
  [
    'a message received again after the key was changed',
    'TAMPERED, 22 MESSAGE_REPEATED',
    'TAMPERED, 22 MESSAGE_REPEATED',
    async () => {
      const { copy, bea } = await rotatedTown()
      return { logs: [sourceOf(chained({ ...copy, entries: [...copy.entries, again(copy, 3, 22)] })), bea.store] }
    },
  ],
]
