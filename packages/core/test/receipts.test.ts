import type { AuditSink, Cosignature } from '@branchline/audit-sink'
import {
  NOTE_KEY,
  COSIGNATURE_KEY,
  parseCheckpoint,
  parseEvidence,
  parseVerifierKey,
  provesEquivocation,
  verifyCheckpoint,
  witnessKeyOf,
} from '@branchline/audit-sink/tlog'
import { describe, expect, test } from 'vitest'
import type { Delivery } from '../src/messages.ts'
import type { Frame, Message, Receipt } from '../src/wire/frame.ts'
import { type LogProof, toWireProof } from '../src/wire/proof.ts'
import { type Person, pair, person, RawPeer, rawPeer } from './peers.ts'
import {
  type Device,
  device,
  entriesOf,
  framed,
  noted,
  own,
  proofIn,
  receiptFor,
  recordsOf,
  twin,
  until,
} from './support.ts'

type Change = (receipt: Receipt, message: Message, self: Device) => Promise<Receipt> | Receipt

const cosigned = async (audit: AuditSink, message: Message, change = {}): Promise<Cosignature> => {
  const { size = 0, root = own([]) } = message.proof?.checkpoint ?? {}
  const origin = JSON.parse(Buffer.from(message.record).toString()).actor as string
  const checkpoint = { origin: `branchline/${origin}`, size, root: Buffer.from(root).toString('hex') }
  return audit.cosign({ ...checkpoint, ...change })
}

const wire = ({ time, signature }: Cosignature) => ({ time, signature: own(signature) })

/** A peer who answers with an honest receipt, but for what is changed. */
async function answering(change: Change): Promise<{ ann: Person; raw: RawPeer; self: Device }> {
  const self = await device()
  for (let n = 0; n < 3; n++) await noted(self)
  const answer = async (message: Message): Promise<Frame> => {
    const { receipt } = await receiptFor(message, self)
    const { seq } = JSON.parse(Buffer.from(receipt?.record ?? []).toString()) as { seq: number }
    const proof = toWireProof(await proofIn(self.audit, seq))
    const cosignature = wire(await cosigned(self.audit, message))
    return { receipt: await change({ record: own([]), ...receipt, proof, cosignature }, message, self) }
  }
  const raw = await rawPeer(
    RawPeer.answering(async (message, stream) => {
      stream.send(framed(await answer(message)))
      return undefined
    }),
    { self },
  )
  return { ann: await person({ peers: [raw.address] }), raw, self }
}

const NO_PROOF = { inclusion: own([]), consistency: own([]), shared: 0 }

const without = (receipt: Receipt, part: 'proof' | 'cosignature'): Receipt => {
  const { [part]: _, ...rest } = receipt
  return rest
}

const changedProof = (
  receipt: Receipt,
  change: (bytes: Buffer) => void,
  part: 'inclusion' | 'consistency',
): Receipt => {
  const bytes = Buffer.from(receipt.proof?.[part] ?? [])
  change(bytes)
  return { ...receipt, proof: { ...NO_PROOF, ...receipt.proof, [part]: own(bytes) } }
}

describe('a receipt that does not prove its place, or does not witness ours, is not taken', () => {
  const flip = (bytes: Buffer): void => void bytes.writeUInt8(bytes.readUInt8() ^ 1)
  test.each<[string, Change]>([
    ['without a proof', (receipt) => without(receipt, 'proof')],
    ['with another inclusion path', (receipt) => changedProof(receipt, flip, 'inclusion')],
    [
      'with the proof of another record',
      async (receipt, _, { audit }) => ({ ...receipt, proof: toWireProof(await proofIn(audit, 2)) }),
    ],
    [
      'with the proof of another log',
      async (receipt) => ({ ...receipt, proof: toWireProof(await proofIn((await device()).audit, 0)) }),
    ],
    ['without a cosignature', (receipt) => without(receipt, 'cosignature')],
    [
      'with a cosignature of another key',
      async (receipt, message) => ({ ...receipt, cosignature: wire(await cosigned((await device()).audit, message)) }),
    ],
    [
      'with the cosignature of another size',
      async (receipt, message, { audit }) => ({
        ...receipt,
        cosignature: wire(await cosigned(audit, message, { size: 1 })),
      }),
    ],
    [
      'with the cosignature of another log',
      async (receipt, message, { audit }) => ({
        ...receipt,
        cosignature: wire(await cosigned(audit, message, { origin: audit.origin })),
      }),
    ],
    [
      'with a cosignature of another time',
      ({ cosignature, ...receipt }) => ({
        ...receipt,
        cosignature: { signature: own(cosignature?.signature ?? []), time: (cosignature?.time ?? 0) + 1 },
      }),
    ],
    [
      'with a cosignature that is too short',
      ({ cosignature, ...receipt }) => ({
        ...receipt,
        cosignature: { time: cosignature?.time ?? 0, signature: own(cosignature?.signature.slice(1) ?? []) },
      }),
    ],
  ])('%s: the stream is closed, and the message is unconfirmed', async (_, change) => {
    const { ann, raw } = await answering(change)
    const sending = ann.messenger.send(raw.peer, 'hello', { timeoutMs: 150 })
    await expect(sending).rejects.toMatchObject({ code: 'NOT_CONFIRMED' })
    expect(await recordsOf(ann.store, 'outcome')).toMatchObject([{ detail: { result: 'unconfirmed' } }])
    expect(raw.streams[0]?.ended).toBe(true)
  })
})

describe('what a receipt proves goes on record', () => {
  async function outcomeOf({ store }: Person, { outcomeSeq }: Delivery) {
    const outcome = (await entriesOf(store))[outcomeSeq]
    const [record] = (await recordsOf(store)).slice(outcomeSeq)
    const note = outcome?.payloads.find(({ label }) => label === 'cosignature')?.bytes
    return { seen: record?.seen, note: note && parseCheckpoint(note) }
  }

  test('our checkpoint with the signatures of our key and of the peer as its witness', async () => {
    const [ann, bea] = await pair()
    const delivery = await ann.messenger.send(bea.peer, 'hello')
    const { note } = await outcomeOf(ann, delivery)
    const [ours, theirs] = [
      parseVerifierKey(ann.audit.key, NOTE_KEY),
      parseVerifierKey(witnessKeyOf(bea.audit.key), COSIGNATURE_KEY),
    ]
    expect(note && verifyCheckpoint(note, ours, [theirs])).toMatchObject([{ name: bea.audit.origin }])
    expect(note?.size).toBeGreaterThan(delivery.sentSeq)
    expect(note?.size).toBeLessThanOrEqual(delivery.outcomeSeq)
  })

  test('the peer’s checkpoint, with the receipt in it, when it is larger than before', async () => {
    const [ann, bea] = await pair()
    let size = 0
    for (let n = 0; n < 3; n++) {
      const delivery = await ann.messenger.send(bea.peer, `${n}`)
      const { seen } = await outcomeOf(ann, delivery)
      expect(seen).toMatchObject([[bea.audit.origin, expect.any(Number), expect.any(String), expect.any(String)]])
      expect(seen?.[0]?.[1]).toBeGreaterThan(Math.max(size, delivery.receivedSeq))
      size = seen?.[0]?.[1] ?? 0
    }
    expect((await ann.audit.witnessed(bea.audit.origin))?.[1]).toBe(size)
  })

  test('neither twice', async () => {
    const [ann, bea] = await pair()
    const deliveries = await Promise.all(Array.from({ length: 50 }, (_, n) => ann.messenger.send(bea.peer, `${n}`)))
    const outcomes = await Promise.all(deliveries.map((delivery) => outcomeOf(ann, delivery)))
    const sizes = outcomes.flatMap(({ seen }) => seen?.map(([, size]) => size) ?? [])
    const notes = outcomes.flatMap(({ note }) => note?.size ?? [])
    for (const each of [sizes, notes]) {
      expect(each.length).toBeGreaterThan(0)
      expect(each).toEqual([...new Set(each)].toSorted((a, b) => a - b))
    }
  })
})

describe('a receipt from a log that is not what it was', () => {
  test('LOG_FORKED goes on record with the evidence', async () => {
    let count = 0
    let other: Device | undefined
    const { ann, raw, self } = await answering(async (receipt, message, device) => {
      if (count++ === 0) return receipt
      other ??= await twin(device, 7)
      const { receipt: lie } = await receiptFor(message, other)
      const { seq } = JSON.parse(Buffer.from(lie?.record ?? []).toString()) as { seq: number }
      const proof: LogProof = await proofIn(other.audit, seq, 5)
      return { ...receipt, record: lie?.record ?? own([]), proof: toWireProof(proof) }
    })
    await ann.messenger.send(raw.peer, 'one')
    const second = ann.messenger.send(raw.peer, 'two', { timeoutMs: 150 })
    await expect(second).rejects.toMatchObject({ code: 'NOT_CONFIRMED' })
    await until(async () => (await recordsOf(ann.store, 'refused')).length > 0)
    const [refused] = await recordsOf(ann.store, 'refused')
    expect(refused).toMatchObject({ peers: [raw.peer], detail: { code: 'LOG_FORKED' } })
    const payload = (await entriesOf(ann.store))[refused?.seq ?? 0]?.payloads[0]
    expect(payload?.label).toBe('evidence')
    const evidence = parseEvidence(Buffer.from(payload?.bytes ?? []).toString())
    expect(provesEquivocation(evidence, self.signer.vkey)).toBe(true)
  })

  test('LOG_UNSIGNED goes on record, too', async () => {
    const { ann, raw } = await answering(({ proof, ...receipt }) => {
      const checkpoint = { size: 0, root: own([]), ...proof?.checkpoint, signature: own(Buffer.alloc(64)) }
      return { ...receipt, proof: { ...NO_PROOF, ...proof, checkpoint } }
    })
    const sending = ann.messenger.send(raw.peer, 'one', { timeoutMs: 150 })
    await expect(sending).rejects.toMatchObject({ code: 'NOT_CONFIRMED' })
    const refused = await recordsOf(ann.store, 'refused')
    expect(refused[0]).toMatchObject({ peers: [raw.peer], detail: { code: 'LOG_UNSIGNED' } })
  })
})
