import { type AuditReceipt, type AuditRecord, encodeRecord, type EntryPayload } from '@branchline/audit-sink'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openMessage, readContent } from '../src/delivery/check-message.ts'
import { MAX_TEXT_BYTES } from '../src/limits.ts'
import { Frame, type Message, type Opening } from '../src/wire/frame.ts'
import { everyone } from './rosters.ts'
import { ANN, appended, BEA, codeOf, logOf, messageFrame, own, textTo } from './support.ts'

const CEC = '12D3KooWCecCecCecCecCecCecCecCecCecCecCecCecCecCecCe'
const log = await logOf(ANN)

const text = (words: string | Uint8Array): EntryPayload => ({ label: 'text', bytes: Buffer.from(words) })
const note: EntryPayload = { label: 'note', bytes: Buffer.from('a note') }

async function sent(...payloads: EntryPayload[]): Promise<AuditReceipt> {
  return appended(log, { ...textTo(BEA, ''), payloads })
}

const receipt = await sent(text('lunch at one'))
const SALT = Buffer.from(receipt.payloads[0]?.salt ?? [])
const VALID = messageFrame(receipt).message as Message

/** The message, with another record in it. */
function recording(change: Partial<AuditRecord>): Message {
  return { ...VALID, record: own(encodeRecord({ ...receipt.record, ...change })) }
}

function opened(change: (opening: Opening) => Partial<Opening>): Message {
  return { ...VALID, openings: VALID.openings.map((opening) => ({ ...opening, ...change(opening) })) }
}

/** All checks but that of the message's place in its author's log, which comes between the two. */
const checkMessage = (message: Message, from: string, self: string) =>
  readContent(openMessage(message, from, self), self, everyone())
const wordsOf = (message: Message): Buffer => Buffer.from(checkMessage(message, ANN, BEA).content.text ?? [])

function refusal(message: Message, from = ANN, self = BEA) {
  return codeOf(() => checkMessage(message, from, self))
}

describe('a message that its author recorded for us is taken', () => {
  test('with its ID, its record, its salt and its words', () => {
    const { id, line, record, payloads, content } = checkMessage(VALID, ANN, BEA)
    expect(id).toBe(receipt.leaf)
    expect(Buffer.from(line)).toEqual(Buffer.from(receipt.line))
    expect(record).toMatchObject({ actor: ANN, peers: [BEA], kind: 'sent', seq: receipt.seq })
    expect(Buffer.from(payloads[0]?.salt ?? [])).toEqual(SALT)
    expect(Buffer.from(content.text ?? []).toString()).toBe('lunch at one')
    expect(content.about).toEqual({ type: 'text' })
  })

  test('when it is for others, too, in a group', async () => {
    const { line, payloads } = await appended(log, {
      ...textTo(CEC, 'all of you'),
      peers: [CEC, BEA],
      conversation: `+${'0'.repeat(32)}`,
    })
    expect(refusal(messageFrame({ line, payloads }).message as Message)).toBeUndefined()
  })

  test('whatever bytes its text has, up to 32,768 of them', async () => {
    for (const words of [Buffer.alloc(MAX_TEXT_BYTES, 0xff), Buffer.of(0)]) {
      const message = messageFrame(await sent(text(words))).message as Message
      expect(wordsOf(message)).toEqual(words)
    }
  })
})

describe('each code of the wire is given for what it stands for', () => {
  test.each<[string, Message]>([
    ['there is no record', { ...VALID, record: own(Buffer.alloc(0)) }],
    ['its record is no JSON', { ...VALID, record: own(Buffer.from('lunch at one')) }],
    ['its record is not canonical', { ...VALID, record: own(Buffer.concat([receipt.line, Buffer.from('\n')])) }],
    ['its record is longer than a record can be', { ...VALID, record: own(Buffer.alloc(65_536, 0x20)) }],
    ['its record is of another kind', recording({ kind: 'roster' })],
    [
      'its seq is 0',
      {
        ...VALID,
        record: own(
          Buffer.from(
            Buffer.from(receipt.line)
              .toString()
              .replace(/"seq":\d+/, '"seq":0'),
          ),
        ),
      },
    ],
  ])('MESSAGE_MALFORMED when %s', (_, message) => {
    expect(refusal(message)).toBe('MESSAGE_MALFORMED')
  })

  test('MESSAGE_FORGED when its author is not the peer at the other end', () => {
    expect(refusal(VALID, CEC)).toBe('MESSAGE_FORGED')
    expect(refusal(recording({ actor: CEC }))).toBe('MESSAGE_FORGED')
  })

  test('MESSAGE_NOT_FOR_US when we are not among its peers', () => {
    expect(refusal(VALID, ANN, CEC)).toBe('MESSAGE_NOT_FOR_US')
    expect(refusal(recording({ peers: [ANN, CEC] }))).toBe('MESSAGE_NOT_FOR_US')
  })

  test.each<[string, Message]>([
    ['no words come with it', { ...VALID, openings: [] }],
    ['words come twice', { ...VALID, openings: [...VALID.openings, ...VALID.openings] }],
    ['words are others', opened(() => ({ payload: own(Buffer.from('lunch at two')) }))],
    ['words are fewer', opened(({ payload }) => ({ payload: payload.slice(1) }))],
    ['salt is another', opened(() => ({ salt: own(Buffer.alloc(32)) }))],
    ['salt is short', opened(({ salt }) => ({ salt: salt.slice(1) }))],
    ['salt is long', opened(({ salt }) => ({ salt: own(Buffer.concat([salt, Buffer.of(0)])) }))],
    ['there is no salt', opened(() => ({ salt: own(Buffer.alloc(0)) }))],
    ['label is another', opened(() => ({ label: 'note' }))],
    [
      'length that was recorded is another',
      recording({ payloads: [['text', 11, receipt.record.payloads?.[0]?.[2] ?? '']] }),
    ],
  ])('MESSAGE_UNPROVEN when its %s', (_, message) => {
    expect(refusal(message)).toBe('MESSAGE_UNPROVEN')
  })

  test('MESSAGE_UNPROVEN when its words come in another order than they were recorded', async () => {
    const two = messageFrame(await sent(text('hello'), note)).message as Message
    expect(refusal({ ...two, openings: two.openings.toReversed() })).toBe('MESSAGE_UNPROVEN')
  })

  test('MESSAGE_UNKNOWN when it holds no text, or more than this version knows', async () => {
    for (const payloads of [[note], [text('hello'), note], [note, text('hello')]]) {
      expect(refusal(messageFrame(await sent(...payloads)).message as Message)).toBe('MESSAGE_UNKNOWN')
    }
  })

  test('MESSAGE_TOO_LARGE when its text has more than 32,768 bytes', async () => {
    const message = messageFrame(await sent(text(Buffer.alloc(MAX_TEXT_BYTES + 1)))).message as Message
    expect(refusal(message)).toBe('MESSAGE_TOO_LARGE')
  })
})

test('what is wrong in many ways is refused for the first, in the order of the wire', async () => {
  const huge = text(Buffer.alloc(MAX_TEXT_BYTES + 1))
  const other = await appended(log, { ...textTo(CEC, ''), payloads: [huge, note] })
  const wrong = messageFrame(other).message as Message
  const unproven = { ...wrong, openings: [] }
  expect(refusal({ ...unproven, record: own(Buffer.from('{}')) }, CEC)).toBe('MESSAGE_MALFORMED')
  expect(refusal(unproven, CEC)).toBe('MESSAGE_FORGED')
  expect(refusal(unproven, ANN, BEA)).toBe('MESSAGE_NOT_FOR_US')
  expect(refusal(unproven, ANN, CEC)).toBe('MESSAGE_UNPROVEN')
  expect(refusal(wrong, ANN, CEC)).toBe('MESSAGE_UNKNOWN')
})

describe('a message of which one byte was changed', () => {
  const bytes = Buffer.from(Frame.encode({ message: VALID }))

  /** Undefined when the frame cannot be read or holds no message. */
  function read(frame: Uint8Array): Message | undefined {
    try {
      return Frame.decode(frame).message
    } catch {
      return undefined
    }
  }

  test('is refused, or says the same words; and when its record was changed it has another ID', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = Buffer.from(bytes)
        altered[at] = (altered[at] as number) ^ flip
        const message = read(altered)
        if (message === undefined || refusal(message) !== undefined) return
        const { id, payloads } = checkMessage(message, ANN, BEA)
        expect(wordsOf(message).toString()).toBe('lunch at one')
        expect(payloads.map(({ salt }) => Buffer.from(salt ?? []))).toEqual([SALT])
        expect(id === receipt.leaf).toBe(Buffer.compare(message.record, receipt.line) === 0)
      }),
      { numRuns: 5_000 },
    )
  })
})
