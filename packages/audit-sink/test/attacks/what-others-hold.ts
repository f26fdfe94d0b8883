import { formatHeadNote, type SeenCheckpoint } from '../../src/index.ts'
import { checkpointText } from '../../src/tlog/checkpoint.ts'
import { type Evidence, formatEvidence } from '../../src/tlog/evidence.ts'
import type { Copy } from './copy.ts'
import { type Desk, seenOf } from './town.ts'

/** A checkpoint that this key signed, and no log of it has. */
export async function otherHistory({ signer }: Desk, size: number): Promise<SeenCheckpoint> {
  const root = 'cd'.repeat(32)
  const signature = await signer.sign(Buffer.from(checkpointText({ origin: signer.name, size, root })))
  return [signer.name, size, root, Buffer.from(signature).toString('hex')]
}

export async function hold(desk: Desk, seen: SeenCheckpoint): Promise<void> {
  await desk.log.append([{ kind: 'roster', actor: desk.peer, seen: [seen] }])
}

/** The holder puts on record that the accused signed two roots of one size. */
export async function holdEvidence(holder: Desk, accused: Desk): Promise<void> {
  const { size } = await accused.log.head()
  const both = [await seenOf(accused), await otherHistory(accused, size)]
  const [held = '', shown = ''] = both.map(([origin, , root, signature]) =>
    formatHeadNote({ origin, size, root }, accused.signer.vkey, Buffer.from(signature, 'hex')).toString(),
  )
  await holdBoth(holder, accused, { held, shown, path: [] })
}

/** The holder puts on record what the accused signed before a loss, and what it signed of the log that went on. */
export async function holdEvidenceOfLoss(holder: Desk, accused: Desk, lost: Copy): Promise<void> {
  const [held = '', shown = ''] = [lost.note, await accused.store.headNote()].map((note) =>
    Buffer.from(note ?? []).toString(),
  )
  const [from, size] = [held, shown].map((note) => Number(note.split('\n')[1]))
  const { consistency } = await accused.log.prove({ size: size as number, from: from as number })
  await holdBoth(holder, accused, { held, shown, path: consistency })
}

async function holdBoth(holder: Desk, accused: Desk, evidence: Evidence): Promise<void> {
  const bytes = Buffer.from(formatEvidence(evidence))
  const told = { actor: holder.peer, peers: [accused.peer], detail: { code: 'LOG_FORKED' } }
  await holder.log.append([{ ...told, kind: 'refused', payloads: [{ label: 'evidence', bytes }] }])
}
