import type { AuditReceipt, AuditSink, Cosignature } from '@branchline/audit-sink'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { describe, expectTypeOf, test } from 'vitest'
import {
  createMessenger,
  type CreateMessengerInit,
  createRelay,
  messenger,
  type MessengerInit,
  type RosterKeeper,
} from '../src/index.ts'
import type { ReceivedMessage, SentMessage } from '../src/messages.ts'
import { Recorded } from '../src/recorded.ts'
import type { LogProof } from '../src/wire/proof.ts'
import type { FrameWriter } from '../src/wire/writer.ts'

declare const audit: AuditSink
declare const roster: RosterKeeper
declare const identity: Ed25519PrivateKey
declare const sent: SentMessage
declare const received: ReceivedMessage
declare const receipt: AuditReceipt
declare const recorded: Recorded<SentMessage>
declare const recordedInbound: Recorded<ReceivedMessage>
declare const writer: FrameWriter
declare const proof: LogProof
declare const cosignature: Cosignature

describe('a messenger without an audit sink does not compile', () => {
  test('as a libp2p service', () => {
    expectTypeOf(messenger).toBeCallableWith({ audit, roster })
    // @ts-expect-error -- no sink
    messenger({ roster })
    // @ts-expect-error -- a sink that may be missing
    messenger({ audit: undefined, roster })
    // @ts-expect-error -- half a sink
    messenger({ audit: { append: async () => [] }, roster })
    // @ts-expect-error -- nothing at all
    messenger()
  })

  test('with a node of its own', () => {
    expectTypeOf(createMessenger).toBeCallableWith({ identity, audit, roster })
    // @ts-expect-error -- no sink
    void createMessenger({ identity, roster })
    // @ts-expect-error -- a sink that may be missing
    void createMessenger({ identity, audit: undefined, roster })
  })

  test('in any init that is made before', () => {
    expectTypeOf<MessengerInit>().toHaveProperty('audit').toEqualTypeOf<AuditSink>()
    expectTypeOf<CreateMessengerInit>().toHaveProperty('audit').toEqualTypeOf<AuditSink>()
    expectTypeOf<{ name: string }>().not.toExtend<MessengerInit>()
    expectTypeOf<{ identity: Ed25519PrivateKey }>().not.toExtend<CreateMessengerInit>()
  })
})

describe('without a roster', () => {
  test('a messenger does not compile', () => {
    // @ts-expect-error -- no roster
    messenger({ audit })
    // @ts-expect-error -- one that may be missing
    messenger({ audit, roster: undefined })
    // @ts-expect-error -- a look-alike
    messenger({ audit, roster: { current: roster.current, hash: roster.hash } })
    // @ts-expect-error -- no roster
    void createMessenger({ identity, audit })
    expectTypeOf<MessengerInit>().toHaveProperty('roster').toEqualTypeOf<RosterKeeper>()
  })

  test('nor does a relay', () => {
    expectTypeOf(createRelay).toBeCallableWith({ identity, listen: [], roster })
    // @ts-expect-error -- no roster
    void createRelay({ identity, listen: [] })
  })
})

describe('what has not been recorded does not compile on its way to a stream', () => {
  test('a look-alike is no Recorded', () => {
    expectTypeOf<{ value: SentMessage; receipt: AuditReceipt }>().not.toExtend<Recorded<SentMessage>>()
    // @ts-expect-error -- the same shape
    const alike: Recorded<SentMessage> = { value: sent, receipt }
    // @ts-expect-error -- a copy
    const copy: Recorded<SentMessage> = Object.assign({}, { value: recorded.value, receipt: recorded.receipt })
    // @ts-expect-error -- only `mint` makes one
    const made = new Recorded(sent, receipt)
    void [alike, copy, made]
  })

  test('a message goes out only as it was recorded', () => {
    expectTypeOf<FrameWriter['message']>().parameters.toEqualTypeOf<[Recorded<SentMessage>, LogProof]>()
    // @ts-expect-error -- not recorded
    writer.message(sent, proof)
    // @ts-expect-error -- a look-alike
    writer.message({ value: sent, receipt }, proof)
    // @ts-expect-error -- recorded as something else
    writer.message(recordedInbound, proof)
    // @ts-expect-error -- without the proof of its place
    writer.message(recorded)
  })

  test('a receipt goes out only for what was recorded', () => {
    type Parts = [Recorded<ReceivedMessage>, LogProof, Cosignature]
    expectTypeOf<FrameWriter['receipt']>().parameters.toEqualTypeOf<Parts>()
    // @ts-expect-error -- not recorded
    writer.receipt(received, proof, cosignature)
    // @ts-expect-error -- recorded as something else
    writer.receipt(recorded, proof, cosignature)
    // @ts-expect-error -- without the cosignature of what it answers
    writer.receipt(recordedInbound, proof)
  })

  test('a writer has no other way to its stream', () => {
    expectTypeOf<keyof FrameWriter>().toEqualTypeOf<'hello' | 'message' | 'receipt' | 'refusal' | 'room' | 'close'>()
  })
})
