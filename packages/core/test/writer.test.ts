import { describe, expect, test } from 'vitest'
import type { SentMessage } from '../src/messages.ts'
import { Recorded } from '../src/recorded.ts'
import type { Frame } from '../src/wire/frame.ts'
import { type LogProof, ProofReader, toWireProof } from '../src/wire/proof.ts'
import { FrameWriter } from '../src/wire/writer.ts'
import { FakeStream } from './fake-stream.ts'
import { ANN, BEA, framesIn, logOf, messageFrame, pause, textTo } from './support.ts'

const log = await logOf(ANN)

async function recorded(text: string): Promise<Recorded<SentMessage>> {
  const openingsOf = (frame: Frame) => frame.message?.openings ?? []
  return Recorded.mint(
    log,
    textTo(BEA, text),
    (receipt) => ({
      id: receipt.leaf,
      seq: receipt.seq,
      to: [BEA],
      conversation: undefined,
      openings: openingsOf(messageFrame(receipt)),
      bytes: 0,
    }),
    { timeoutMs: 1_000 },
  )
}

async function proofOf({ receipt: { seq } }: Recorded<SentMessage>): Promise<LogProof> {
  const checkpoint = await log.checkpoint()
  return { checkpoint, ...(await log.prove({ size: checkpoint.size, seq, from: 1 })) }
}

function writing() {
  const stream = new FakeStream()
  const frames = () => framesIn(Buffer.concat(stream.sent))
  return { stream, frames, writer: new FrameWriter(stream.asStream()) }
}

describe('what is written', () => {
  test('is the line that was recorded, with salt, words and proof', async () => {
    const { writer, frames } = writing()
    const message = await recorded('lunch at one')
    const proof = await proofOf(message)
    writer.message(message, proof)
    await pause(5)
    const openings = [expect.objectContaining({ label: 'text' })]
    expect(frames()).toEqual([{ message: { record: message.receipt.line, openings, proof: toWireProof(proof) } }])
    expect(new ProofReader().read(frames()[0]?.message?.proof)).toEqual({
      ...proof,
      checkpoint: expect.objectContaining({ size: proof.checkpoint.size, root: proof.checkpoint.root }),
    })
    const [opening] = frames()[0]?.message?.openings ?? []
    expect([Buffer.from(opening?.payload ?? []).toString(), opening?.salt]).toEqual([
      'lunch at one',
      message.receipt.payloads[0]?.salt,
    ])
  })

  test('leaves in the order of the calls, and together when it was written in one turn', async () => {
    const { writer, stream, frames } = writing()
    const messages = await Promise.all(['one', 'two', 'three'].map(recorded))
    const proofs = await Promise.all(messages.map(proofOf))
    for (const [n, message] of messages.entries()) writer.message(message, proofs[n] as LogProof)
    expect(stream.sent).toEqual([])
    await pause(5)
    expect(stream.sent).toHaveLength(1)
    expect(frames().map(({ message }) => message?.record)).toEqual(messages.map(({ receipt }) => receipt.line))
  })

  test.each([
    ['short words', 'no', 'no'],
    ['long words', 'x'.repeat(2_000), 'x'.repeat(512)],
    ['words whose last letter does not fit', `${'x'.repeat(511)}é`, 'x'.repeat(511)],
    ['words whose last emoji does not fit', `${'x'.repeat(509)}😀`, 'x'.repeat(509)],
    ['no words', '', ''],
  ])('is a refusal whose reason has at most 512 bytes: %s', async (_, reason, written) => {
    const { writer, frames } = writing()
    writer.refusal({ message: 'ab'.repeat(32), code: 'MESSAGE_FORGED', reason })
    await pause(5)
    const [{ refusal } = {}] = frames()
    expect(refusal).toMatchObject({ code: 'MESSAGE_FORGED', reason: written })
    expect(Buffer.from(refusal?.message ?? []).toString('hex')).toBe('ab'.repeat(32))
  })
})

describe('a stream that does not do its part', () => {
  test('is not given more before it has taken what it has', async () => {
    const { writer, stream, frames } = writing()
    for (let round = 1; round <= 3; round++) {
      stream.takesMore = false
      writer.refusal({ code: 'A', reason: '' })
      await pause(5)
      for (let n = 0; n < 5; n++) writer.refusal({ code: 'B', reason: '' })
      await pause(5)
      expect(frames()).toHaveLength(6 * (round - 1) + 1)
      stream.drain()
      await pause(5)
      expect(frames()).toHaveLength(6 * round)
    }
  })

  test('lets who answers it know when there is room again', async () => {
    const { writer, stream } = writing()
    await writer.room()
    stream.takesMore = false
    writer.refusal({ code: 'A', reason: '' })
    await pause(5)
    let room = false
    const waiting = writer.room().then(() => (room = true))
    await pause(5)
    expect(room).toBe(false)
    stream.drain()
    await waiting
  })

  test('and is gone keeps nobody waiting', async () => {
    const { writer, stream } = writing()
    stream.takesMore = false
    writer.refusal({ code: 'A', reason: '' })
    await pause(5)
    const waiting = writer.room()
    stream.abort()
    await waiting
    writer.refusal({ code: 'B', reason: '' })
    await pause(5)
    expect(stream.sent).toHaveLength(1)
  })

  test('and was gone before disturbs nobody', async () => {
    const { writer, stream } = writing()
    stream.abort()
    writer.refusal({ code: 'A', reason: '' })
    await pause(5)
    await writer.close(20)
    expect([stream.sent, stream.status]).toEqual([[], 'aborted'])
  })

  test('is given what waits before our side ends', async () => {
    const { writer, stream, frames } = writing()
    writer.refusal({ code: 'LAST', reason: '' })
    await writer.close(20)
    expect([frames().length, stream.status]).toEqual([1, 'closed'])
  })

  test('and does not read is aborted when its time is over', async () => {
    const { writer, stream } = writing()
    stream.takesMore = false
    stream.ends = false
    writer.refusal({ code: 'A', reason: '' })
    await pause(5)
    writer.refusal({ code: 'B', reason: '' })
    await writer.close(20)
    expect(stream.status).toBe('aborted')
  })
})
