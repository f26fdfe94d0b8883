import { memoryStore } from '@branchline/audit-sink/stores/memory'
import { describe, expect, test } from 'vitest'
import { HELLO, leafOf, messageFrame, openingsOf, readFrames, valueOf } from './by-hand.ts'
import { evidenceOf, ofKind } from './evidence.ts'
import { startSender } from './profile.ts'
import { Tap, type TapAnswer } from './tap.ts'

const TIMEOUT_MS = 500

test('the bytes on the wire are those that are on record, and none besides', async () => {
  await using tap = await Tap.start()
  const store = memoryStore()
  await using messenger = await startSender(store, tap)
  const texts = ['good morning', 'x'.repeat(32_768), 'ß — 你好']
  const receipts = await Promise.all(texts.map(async (text) => (await messenger.send(tap.peer, text)).receipt))
  const sent = ofKind(await evidenceOf(store), 'sent')
  expect(sent.map(({ payloads: [text] }) => text?.payload.toString())).toEqual(texts)
  const expected = sent.map(({ line, payloads }) => messageFrame(line, payloads))
  expect(tap.streams).toHaveLength(1)
  const [hello, ...messages] = readFrames(tap.streams[0]?.bytes() ?? Buffer.of()).frames
  expect(hello?.body).toBe(HELLO)
  expect(messages.map((message) => messageFrame(valueOf(message, 1), openingsOf(message)))).toEqual(expected)
  // Beside what is on record a message has its proof: hashes, a size and a signature.
  const proofs = messages.map(({ fields }) => fields.filter(({ number }) => number > 2))
  expect(proofs.map((fields) => fields.map(({ number }) => number))).toEqual(sent.map(() => [3]))
  expect(new Set(receipts.map(leafOf))).toEqual(tap.answered)
})

describe('only a proper receipt makes a message delivered', () => {
  test.each<[TapAnswer, string, string]>([
    ['receipt', 'delivered', ''],
    ['nothing', 'unconfirmed', 'NOT_CONFIRMED'],
    ['other words', 'unconfirmed', 'NOT_CONFIRMED'],
    ['other sender', 'unconfirmed', 'NOT_CONFIRMED'],
    ['no record', 'unconfirmed', 'NOT_CONFIRMED'],
    ['refusal', 'refused', 'REFUSED'],
  ])('to the answer "%s" the outcome is "%s"', async (answer, result, code) => {
    await using tap = await Tap.start({ answer: () => answer })
    const store = memoryStore()
    await using messenger = await startSender(store, tap)
    const sending = messenger.send(tap.peer, 'good morning', { timeoutMs: TIMEOUT_MS })
    if (code === '') await sending
    else await expect(sending).rejects.toMatchObject({ code })
    const outcomes = ofKind(await evidenceOf(store), 'outcome').map(({ record }) => record.detail?.['result'])
    expect(outcomes).toEqual([result])
    // Whoever answers wrongly is not asked again and again without a pause.
    expect(tap.streams.length).toBeLessThan(10)
  })
})
