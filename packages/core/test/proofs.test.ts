import { type AuditReceipt, leafHash } from '@branchline/audit-sink'
import { parseEvidence, provesEquivocation } from '@branchline/audit-sink/tlog'
import { describe, expect, test } from 'vitest'
import type { Frame } from '../src/wire/frame.ts'
import type { LogProof } from '../src/wire/proof.ts'
import { type Person, person, rawPeer, type RawPeer, type RawStream } from './peers.ts'
import {
  appended,
  changedFor,
  type Device,
  device,
  entriesOf,
  framed,
  messageFrame,
  noted,
  own,
  proofIn,
  recordsOf,
  restarted,
  textTo,
  twin,
  until,
} from './support.ts'

interface Scene {
  readonly bea: Person
  readonly eve: RawPeer
  readonly stream: RawStream
  /** How many frames had left whenever a `refused` record had become durable. */
  readonly leftBefore: number[]
}

async function scene(): Promise<Scene> {
  const self = await device()
  const leftBefore: number[] = []
  let stream: RawStream | undefined = undefined as RawStream | undefined
  const audit = changedFor('refused', self.audit, async (entries) => {
    const receipts = await self.audit.append(entries)
    leftBefore.push(stream?.frames.length ?? 0)
    return receipts
  })
  const bea = await person({ audit }, self)
  const eve = await rawPeer()
  stream = await eve.open(bea.address)
  return { bea, eve, stream, leftBefore }
}

async function text(author: Pick<Device, 'audit' | 'peer'>, to: string, words = 'hello'): Promise<AuditReceipt> {
  return appended(author.audit, textTo(to, words, author.peer))
}

/** Sends it as it is, and waits for its answer. */
async function answerTo(stream: RawStream, frame: Frame): Promise<Frame> {
  const before = stream.frames.length
  stream.send(framed(frame))
  await until(() => stream.frames.length > before, 'an answer')
  return stream.frames[before] as Frame
}

/** A message that its receiver takes: what is proven afterwards. */
async function taken({ eve, bea, stream }: Scene, size: number, from = 0): Promise<LogProof> {
  const { self } = eve
  while ((await self.audit.head()).size < size - 1) await noted(self)
  const receipt = await text(self, bea.peer)
  const proof = await proofIn(self.audit, receipt.seq, from)
  expect(await answerTo(stream, messageFrame(receipt, proof))).toHaveProperty('receipt')
  return proof
}

async function assertRefused({ bea, eve, stream, leftBefore }: Scene, frame: Frame, code: string): Promise<void> {
  const id = leafHash(frame.message?.record ?? own([]))
  const before = await recordsOf(bea.store, 'received')
  leftBefore.length = 0
  const answered = stream.frames.length
  const { refusal } = await answerTo(stream, frame)
  expect(refusal).toMatchObject({ code })
  expect(Buffer.from(refusal?.message ?? []).toString('hex')).toBe(id)
  expect(leftBefore).toEqual([answered])
  expect(await recordsOf(bea.store, 'refused')).toMatchObject([{ peers: [eve.peer], message: id, detail: { code } }])
  expect(await recordsOf(bea.store, 'received')).toEqual(before)
  expect(stream.ended).toBe(false)
}

const flipped = (hash: string): string => hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))

describe('a message that is not proven is refused and recorded as refused, and those after it are taken', () => {
  test.each<[string, string, (proof: LogProof, at: Scene) => Promise<LogProof | undefined> | LogProof | undefined]>([
    ['MESSAGE_UNPROVEN', 'without a proof', () => undefined],
    ['MESSAGE_UNPROVEN', 'with the proof of another record', ({ checkpoint }, { eve }) => ofOther(eve, checkpoint)],
    [
      'MESSAGE_UNPROVEN',
      'with another inclusion path',
      (proof) => ({ ...proof, inclusion: proof.inclusion.map(flipped) }),
    ],
    [
      'MESSAGE_UNPROVEN',
      'with a longer path',
      (proof) => ({ ...proof, inclusion: [...proof.inclusion, '0'.repeat(64)] }),
    ],
    ['MESSAGE_UNPROVEN', 'with a shorter path', (proof) => ({ ...proof, inclusion: proof.inclusion.slice(1) })],
    ['MESSAGE_UNPROVEN', 'with another size', (proof) => checkpointWith(proof, { size: 100 })],
    ['MESSAGE_UNPROVEN', 'with another root', (proof) => checkpointWith(proof, { root: 'ab'.repeat(32) })],
    ['MESSAGE_UNPROVEN', 'with a size that is none', (proof) => checkpointWith(proof, { size: 0 })],
    [
      'MESSAGE_UNPROVEN',
      'that goes on from what nobody holds',
      (proof) => ({ ...proof, consistency: ['ab'.repeat(32)] }),
    ],
    [
      'LOG_UNSIGNED',
      'with a checkpoint that nobody signed',
      (proof) => checkpointWith(proof, { signature: Buffer.alloc(64) }),
    ],
    [
      'LOG_UNSIGNED',
      'with a checkpoint that another key signed',
      async (proof, { eve }) => {
        const { checkpoint } = proof
        const text = `branchline/${eve.peer}\n${checkpoint.size}\n${Buffer.from(checkpoint.root, 'hex').toString('base64')}\n`
        return checkpointWith(proof, { signature: await (await device()).signer.sign(Buffer.from(text)) })
      },
    ],
  ])('%s: %s', async (code, _, change) => {
    const at = await scene()
    const { bea, eve, stream } = at
    for (let n = 0; n < 4; n++) await noted(eve.self)
    const receipt = await text(eve.self, bea.peer)
    const proof = await proofIn(eve.self.audit, receipt.seq)
    await assertRefused(at, messageFrame(receipt, await change(proof, at)), code)
    const held = (await bea.audit.witnessed(eve.self.audit.origin))?.[1]
    expect(
      await answerTo(stream, messageFrame(receipt, await proofIn(eve.self.audit, receipt.seq, held))),
    ).toHaveProperty('receipt')
  })

  async function ofOther({ self }: RawPeer, checkpoint: LogProof['checkpoint']): Promise<LogProof> {
    return { checkpoint, ...(await self.audit.prove({ size: checkpoint.size, seq: 1 })) }
  }
  const checkpointWith = (proof: LogProof, change: Partial<LogProof['checkpoint']>): LogProof => ({
    ...proof,
    checkpoint: { ...proof.checkpoint, ...change },
  })

  test('MESSAGE_UNPROVEN: when nothing shows that its log goes on from what was proven before', async () => {
    const at = await scene()
    await taken(at, 3)
    const receipt = await text(at.eve.self, at.bea.peer)
    const proof = await proofIn(at.eve.self.audit, receipt.seq, 3)
    await assertRefused(at, messageFrame(receipt, { ...proof, consistency: [] }), 'MESSAGE_UNPROVEN')
    expect(await answerTo(at.stream, messageFrame(receipt, proof))).toHaveProperty('receipt')
  })

  test('LOG_ROLLED_BACK: with a checkpoint that is smaller than one before', async () => {
    const at = await scene()
    const first = await text(at.eve.self, at.bea.peer)
    const older = await proofIn(at.eve.self.audit, first.seq)
    const { checkpoint } = await taken(at, 4)
    await assertRefused(at, messageFrame(first, older), 'LOG_ROLLED_BACK')
    const proof = await proofIn(at.eve.self.audit, first.seq, checkpoint.size)
    expect(await answerTo(at.stream, messageFrame(first, proof))).toHaveProperty('receipt')
  })
})

describe('LOG_FORKED: a log that shows another past than before is proven to have two, to anyone', () => {
  async function assertForkProven(at: Scene, { store }: Device, signer: Device['signer']): Promise<void> {
    const refused = (await entriesOf(store)).find(({ payloads }) => payloads[0]?.label === 'evidence')
    const evidence = parseEvidence(Buffer.from(refused?.payloads[0]?.bytes ?? []).toString())
    expect(provesEquivocation(evidence, signer.vkey)).toBe(true)
    expect(provesEquivocation(evidence, (await device()).signer.vkey)).toBe(false)
    expect(at.stream.ended).toBe(false)
  }

  const sizes = [2, 3, 4, 5, 7, 8].flatMap((held) => [0, 1, 4].map((more) => [held, held + more] as const))
  test.each(sizes)('%i records, and then %i others', async (held, shown) => {
    const at = await scene()
    const { bea, eve, stream } = at
    await taken(at, held)
    const other = await twin(eve.self, shown - 1)
    const receipt = await text(other, bea.peer)
    const proof = await proofIn(other.audit, receipt.seq, held)
    expect(proof.checkpoint.size).toBe(shown)
    await assertRefused(at, messageFrame(receipt, proof), 'LOG_FORKED')
    await assertForkProven(at, bea, eve.self.signer)
    const honest = await text(eve.self, bea.peer, 'from the log as it was')
    const next = messageFrame(honest, await proofIn(eve.self.audit, honest.seq, held))
    expect(await answerTo(stream, next)).toHaveProperty('receipt')
  })

  test('at one size, whatever comes as a path', async () => {
    const at = await scene()
    await taken(at, 5)
    const other = await twin(at.eve.self, 4)
    const receipt = await text(other, at.bea.peer)
    const proof = { ...(await proofIn(other.audit, receipt.seq)), consistency: ['ab'.repeat(32)] }
    await assertRefused(at, messageFrame(receipt, proof), 'LOG_FORKED')
    await assertForkProven(at, at.bea, at.eve.self.signer)
  })
})

describe('after a restart', () => {
  async function restartedScene(held: number): Promise<Scene> {
    const before = await scene()
    await taken(before, held)
    await before.bea.messenger.close()
    const bea = await person({}, await restarted(before.bea))
    const stream = await before.eve.open(bea.address)
    await until(() => stream.hello !== undefined)
    return { ...before, bea, stream }
  }

  test.each([2, 3, 4, 5])(
    'the receiver still holds the largest checkpoint of %i records, and says so',
    async (held) => {
      const { stream, eve } = await restartedScene(held)
      const { size, root } = await eve.self.audit.checkpoint()
      expect(stream.hello?.held).toMatchObject({ size: held })
      expect([size, root]).toEqual([held, Buffer.from(stream.hello?.held?.root ?? []).toString('hex')])
    },
  )

  test('it demands a proof that the log goes on from there', async () => {
    const { stream, bea, eve } = await restartedScene(5)
    const receipt = await text(eve.self, bea.peer)
    const fromNothing = messageFrame(receipt, await proofIn(eve.self.audit, receipt.seq))
    expect((await answerTo(stream, fromNothing)).refusal).toMatchObject({ code: 'MESSAGE_UNPROVEN' })
    const fromThere = messageFrame(receipt, await proofIn(eve.self.audit, receipt.seq, 5))
    expect(await answerTo(stream, fromThere)).toHaveProperty('receipt')
  })

  test.each([4, 5])('it knows another past than that of %i records', async (held) => {
    const { stream, bea, eve } = await restartedScene(held)
    const other = await twin(eve.self, held + 2)
    const receipt = await text(other, bea.peer)
    const frame = messageFrame(receipt, await proofIn(other.audit, receipt.seq, held))
    expect((await answerTo(stream, frame)).refusal).toMatchObject({ code: 'LOG_FORKED' })
    expect(await recordsOf(bea.store, 'refused')).toMatchObject([{ detail: { code: 'LOG_FORKED' } }])
  })
})
