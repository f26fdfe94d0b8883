import type { LogSource, StoredEntry } from '@branchline/audit-sink'
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
import { cosignatureOf, openDesk, openTown, say, seenOf } from '../../packages/audit-sink/test/attacks/town.ts'
import { hold, holdEvidence, otherHistory } from '../../packages/audit-sink/test/attacks/what-others-hold.ts'
import { cosignedAs, ofAll, type Scene, withOutcome } from './attack-scene.ts'

/** What was done, what a verifier says of the first log, and how it is done. */
type Scenario = readonly [what: string, said: string, logs: (scene: Scene) => Promise<LogSource[]>]
type GivenScenario = readonly [...Scenario, checkpoints: (scene: Scene) => Promise<Uint8Array[]>]

export const ATTACKS: readonly Scenario[] = [
  ['whole logs', 'INTACT', async ({ town }) => ofAll(town)],
  ['one of three logs absent', 'INTACT', async ({ town }) => [town.ann.store, town.bea.store]],
  [
    'a restored backup that was continued, and the log that went on',
    'FORKED, 9 LOG_FORKED',
    async ({ town, copy, others, resigned }) => [
      await resigned(withRecord(copy, 9, backdated)),
      town.ann.store,
      ...others(),
    ],
  ],
  [
    'an older copy of the same history',
    'ROLLED_BACK, 12 LOG_ROLLED_BACK',
    async ({ town, copy, resigned }) => [await resigned(cutTo(copy, 12)), town.ann.store],
  ],
  [
    'a split view that two colleagues hold',
    'FORKED, 8 LOG_FORKED',
    async () => {
      const made = await openTown()
      const shown = await seenOf(made.ann)
      await hold(made.bea, shown)
      await hold(made.cid, await otherHistory(made.ann, shown[1]))
      return ofAll(made)
    },
  ],
  [
    'a split view that one colleague holds',
    'FORKED, 15 LOG_FORKED',
    async () => {
      const made = await openTown()
      const shown = await seenOf(made.ann)
      await hold(made.bea, shown)
      await hold(made.bea, await otherHistory(made.ann, shown[1]))
      return ofAll(made)
    },
  ],
  [
    'two histories of one size beyond the end',
    'FORKED, 10 LOG_FORKED, 10 LOG_ROLLED_BACK',
    async () => {
      const made = await openTown()
      const shown = await seenOf(made.ann)
      await hold(made.bea, shown)
      await hold(made.cid, await otherHistory(made.ann, shown[1]))
      const cut = await signed(cutTo(await copyOf(made.ann), 10), made.ann)
      return [sourceOf(cut), made.bea.store, made.cid.store]
    },
  ],
  [
    'evidence that a colleague put on record',
    'FORKED, 0 LOG_FORKED',
    async () => {
      const made = await openTown()
      await holdEvidence(made.bea, made.ann)
      return ofAll(made)
    },
  ],
  [
    'evidence against somebody else',
    'INTACT',
    async () => {
      const made = await openTown()
      await holdEvidence(made.bea, { ...made.ann, signer: (await openDesk(made.ann.peer)).signer })
      return ofAll(made)
    },
  ],
  [
    'a message that arrived, taken out of a log that was signed anew',
    'FORKED, 8 LOG_FORKED, 10 LOG_ROLLED_BACK',
    async () => {
      const { ann, bea } = await openTown()
      await say(ann, bea, 'This never came, did it?')
      await say(ann, bea, 'Another.')
      const { entries, ...rest } = await copyOf(bea)
      const without = { ...rest, entries: entries.toSpliced(entries.length - 2, 1) }
      return [sourceOf(await signed(chained(without), bea)), ann.store]
    },
  ],
  [
    'a message taken out of its sender’s log',
    'ROLLED_BACK, 12 LOG_ROLLED_BACK',
    async ({ copy, others, resigned }) => {
      const bare = withoutCosignatures(copy, 10)
      return [await resigned({ ...bare, entries: bare.entries.slice(0, -4) }), ...others()]
    },
  ],
  [
    'a message and a receipt that were lost',
    'INTACT',
    async () => {
      const made = await openTown()
      await say(made.ann, made.bea, 'Lost on the way.', { lost: 'message' })
      await say(made.ann, made.bea, 'Its receipt was lost.', { lost: 'receipt' })
      return ofAll(made)
    },
  ],
  [
    'a checkpoint that its log did not sign, in one of two copies',
    'TAMPERED, 9 SEEN_UNSIGNED',
    async () => {
      const { ann, bea } = await openTown()
      const before = await copyOf(bea)
      const [origin, size, root] = await seenOf(ann)
      await hold(bea, [origin, size, root, '00'.repeat(64)])
      return [bea.store, sourceOf(before), ann.store]
    },
  ],
  [
    'a log begun anew under another key',
    'ROLLED_BACK, 1 LOG_ROLLED_BACK',
    async ({ town }) => [(await openDesk(town.ann.peer)).store, town.ann.store, town.bea.store],
  ],
  [
    'a log rewritten, of which cosignatures were left',
    'REWRITTEN, 9 LOG_REWRITTEN',
    async ({ copy, resigned }) => [await resigned(withRecord(copy, 9, backdated))],
  ],
  [
    'a log rewritten without cosignatures, which colleagues tell',
    'REWRITTEN, 9 LOG_REWRITTEN',
    async ({ copy, others, resigned }) => [
      await resigned(withoutCosignatures(withRecord(copy, 9, backdated), 9)),
      ...others(),
    ],
  ],
  [
    'a log rewritten from its first message on, alone',
    'INTACT',
    async ({ copy, resigned }) => [await resigned(withoutCosignatures(withRecord(copy, 1, backdated), 1))],
  ],
  [
    'a record put in long before the end',
    'REWRITTEN, 5 LOG_REWRITTEN',
    async ({ copy, resigned }) => [
      await resigned({ ...copy, entries: copy.entries.toSpliced(7, 0, copy.entries[6] as StoredEntry) }),
    ],
  ],
  [
    'the end cut off, which a colleague tells',
    'ROLLED_BACK, 10 LOG_ROLLED_BACK',
    async ({ town, copy, resigned }) => [await resigned(cutTo(copy, 10)), town.bea.store],
  ],
  [
    'the last record and the head changed without the key',
    'REWRITTEN, 13 LOG_REWRITTEN',
    async ({ copy }) => [sourceOf(chained(withRecord(copy, 15, backdated)))],
  ],
  [
    'a message received again, after the head note',
    'TAMPERED, 16 MESSAGE_REPEATED',
    async ({ copy, others }) => [
      sourceOf(chained({ ...copy, entries: [...copy.entries, again(copy, 3, 16)] })),
      ...others(),
    ],
  ],
  [
    'a message received again, and the log signed anew',
    'REWRITTEN, 9 LOG_REWRITTEN, 9 MESSAGE_REPEATED',
    async ({ copy, others, resigned }) => {
      const bare = withoutCosignatures(copy, 9)
      return [await resigned({ ...bare, entries: bare.entries.toSpliced(9, 0, again(copy, 3, 9)) }), ...others()]
    },
  ],
  [
    'a cosignature that its witness did not make',
    'TAMPERED, 16 COSIGNATURE_WRONG',
    async () => withOutcome(async ({ ann, bea, cid }) => cosignedAs(bea, cid, ann)),
  ],
  [
    'a cosignature of another log',
    'TAMPERED, 16 COSIGNATURE_WRONG',
    async () => withOutcome(async ({ bea, cid }) => cosignedAs(bea, bea, cid)),
  ],
  [
    'a cosignature of more records than there are',
    'TAMPERED, 16 COSIGNATURE_WRONG',
    async () => withOutcome(async ({ ann, bea }) => cosignatureOf(bea, await otherHistory(ann, 40))),
  ],
  [
    'a cosignature of another history',
    'REWRITTEN, 5 LOG_REWRITTEN',
    async () => withOutcome(async ({ ann, bea }) => cosignatureOf(bea, await otherHistory(ann, 8))),
  ],
  [
    'a cosignature that cannot be read',
    'TAMPERED, 16 COSIGNATURE_WRONG',
    async () => withOutcome(async () => ({ label: 'cosignature', bytes: Buffer.from('seen, Bea') })),
  ],
  [
    'a head note of another key',
    'TAMPERED, 16 HEAD_NOTE_WRONG',
    async ({ town, copy, others }) => {
      const { signer } = await openDesk(town.ann.peer)
      return [sourceOf(await signed(copy, { ...town.ann, signer })), ...others()]
    },
  ],
  [
    'no head note',
    'INCOMPLETE, 16 HEAD_NOTE_MISSING',
    async ({ copy, others }) => [sourceOf({ ...copy, note: undefined }), ...others()],
  ],
]

/** With checkpoints that an auditor has from elsewhere. */
export const ATTACKS_SEEN_BEFORE: readonly GivenScenario[] = [
  [
    'the log itself, seen earlier',
    'INTACT',
    async ({ town }) => ofAll(town),
    async ({ noteAfter }) => [await noteAfter(8)],
  ],
  [
    'a log rewritten from its first message on',
    'REWRITTEN, 0 LOG_REWRITTEN',
    async ({ copy, resigned }) => [await resigned(withoutCosignatures(withRecord(copy, 1, backdated), 1))],
    async ({ noteAfter }) => [await noteAfter(8)],
  ],
  [
    'a log rewritten, of which one checkpoint agrees and one of another size does not',
    'FORKED, 8 LOG_FORKED',
    async ({ copy, resigned }) => [await resigned(withoutCosignatures(withRecord(copy, 9, backdated), 9))],
    async ({ noteAfter }) => [await noteAfter(8), await noteAfter(16)],
  ],
  [
    'the end cut off',
    'ROLLED_BACK, 10 LOG_ROLLED_BACK',
    async ({ copy, resigned, others }) => [await resigned(cutTo(copy, 10)), ...others()],
    async ({ noteAfter }) => [await noteAfter(16)],
  ],
  [
    'a log begun anew under another key',
    'TAMPERED, 0 CHECKPOINT_UNSIGNED',
    async ({ town }) => [(await openDesk(town.ann.peer)).store],
    async ({ noteAfter }) => [await noteAfter(8)],
  ],
  [
    'a checkpoint of a colleague’s log, which was cut',
    'INTACT',
    async ({ town }) => [town.ann.store, sourceOf(await signed(cutTo(await copyOf(town.bea), 5), town.bea))],
    async ({ town }) => [(await town.bea.store.headNote()) as Uint8Array],
  ],
]
