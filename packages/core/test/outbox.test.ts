import { auditLog, systemClock } from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import { describe, expect, test } from 'vitest'
import type { Lane } from '../src/delivery/lane.ts'
import { Outbox } from '../src/delivery/outbox.ts'
import { SendWindow } from '../src/delivery/window.ts'
import type { Outcome } from '../src/index.ts'
import { type Person, person, RawPeer, rawPeer } from './peers.ts'
import { revoked } from './rosters.ts'
import {
  appended,
  changed,
  changedFor,
  type Device,
  device,
  gate,
  own,
  receiptFor,
  recordsOf,
  restarted,
  textTo,
  until,
} from './support.ts'

function textsAt({ messenger }: Pick<Person, 'messenger'>): string[] {
  const texts: string[] = []
  messenger.addEventListener('message', ({ detail }) => texts.push(detail.value.text))
  return texts
}

function outcomesAt({ messenger }: Pick<Person, 'messenger'>): Outcome[] {
  const outcomes: Outcome[] = []
  messenger.addEventListener('outcome', ({ detail }) => outcomes.push(detail))
  return outcomes
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `message ${n}`)

async function postAll({ messenger }: Person, to: Device, texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text) => messenger.post(to.peer, text)))
}

/** Ann, who knows where Bea will be. */
async function annAndAbsentBea(): Promise<{ ann: Person; bea: Device; come: () => Promise<Person> }> {
  const bea = await device()
  const first = await person({}, bea)
  const { address } = first
  await first.messenger.close()
  const ann = await person({ peers: [address] })
  const listen = [address.replace(/\/p2p\/.*/, '')]
  return { ann, bea, come: async () => person({ listen }, await restarted(bea)) }
}

describe('what is posted to somebody who is away', () => {
  test('is on record at once, and delivered in order, each once, when they come', async () => {
    const { ann, bea, come } = await annAndAbsentBea()
    const outcomes = outcomesAt(ann)
    const texts = numbered(700)
    await postAll(ann, bea, texts)
    expect((await recordsOf(ann.store, 'sent')).length).toBe(700)
    expect(await recordsOf(ann.store, 'outcome')).toEqual([])
    const came = textsAt(await come())
    await until(() => outcomes.length === 700, 'all outcomes', 15_000)
    expect(came).toEqual(texts)
    expect(outcomes.every(({ result, to }) => result === 'delivered' && to === bea.peer)).toBe(true)
    expect((await recordsOf(ann.store, 'outcome')).map(({ detail }) => detail?.['result'])).toEqual(
      texts.map(() => 'delivered'),
    )
  })

  test('outlives the end of the messenger, and goes before what is posted then', async () => {
    const { ann, bea, come } = await annAndAbsentBea()
    await postAll(ann, bea, numbered(5))
    await ann.messenger.close()
    expect(await recordsOf(ann.store, 'outcome')).toEqual([])
    const there = await come()
    const came = textsAt(there)
    const again = await person({ peers: [there.address] }, await restarted(ann))
    const outcomes = outcomesAt(again)
    await again.messenger.post(bea.peer, 'last')
    await until(() => outcomes.length === 6)
    expect(came).toEqual([...numbered(5), 'last'])
  })

  test('is another thing than what was sent at once: that does not come after a restart', async () => {
    const [ann, bea] = [await device(), await person()]
    await appended(ann.audit, textTo(bea.peer, 'sent, and its sender was told that it did not leave', ann.peer))
    await appended(ann.audit, { ...textTo(bea.peer, 'posted', ann.peer), detail: { kept: 1 } })
    const came = textsAt(bea)
    await person({ peers: [bea.address] }, await restarted(ann))
    await until(() => came.length > 0)
    expect(came).toEqual(['posted'])
  })

  test('is not overtaken by what is sent at once', async () => {
    const { ann, bea, come } = await annAndAbsentBea()
    await postAll(ann, bea, numbered(400))
    const there = await come()
    const came = textsAt(there)
    await until(
      async () =>
        ann.messenger.send(bea.peer, 'at once').then(
          () => true,
          () => false,
        ),
      'the send',
      10_000,
    )
    expect(came).toEqual([...numbered(400), 'at once'])
  })

  test('is `withheld` when they are taken off the roster', async () => {
    const { ann, bea } = await annAndAbsentBea()
    const outcomes = outcomesAt(ann)
    await postAll(ann, bea, numbered(300))
    await revoked(bea.peer)
    await until(() => outcomes.length === 300)
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['withheld']))
    await expect(ann.messenger.post(bea.peer, 'more')).rejects.toMatchObject({ code: 'MEMBER_REVOKED' })
  })

  test('is `unconfirmed` when they were taken off while we were away: it may have left before', async () => {
    const { ann, bea } = await annAndAbsentBea()
    await postAll(ann, bea, ['one', 'two'])
    await ann.messenger.close()
    await revoked(bea.peer)
    const outcomes = outcomesAt(await person({}, await restarted(ann)))
    await until(() => outcomes.length === 2)
    expect(outcomes.map(({ result }) => result)).toEqual(['unconfirmed', 'unconfirmed'])
  })

  test('is `withheld` when they are taken off while it is recorded', async () => {
    const [self, bea] = [await device(), await device()]
    const [begun, ended] = [gate(), gate()]
    const audit = changedFor('sent', self.audit, async (entries) => {
      begun.open()
      await ended.opened
      return self.audit.append(entries)
    })
    const ann = await person({ audit }, self)
    const outcomes = outcomesAt(ann)
    const posting = ann.messenger.post(bea.peer, 'hello')
    await begun.opened
    await revoked(bea.peer)
    ended.open()
    await posting
    await until(() => outcomes.length === 1)
    expect(outcomes).toMatchObject([{ result: 'withheld' }])
  })

  test('is `withheld` when its words were erased meanwhile', async () => {
    const { ann, bea, come } = await annAndAbsentBea()
    await postAll(ann, bea, numbered(3))
    await ann.messenger.close()
    const [, second] = await recordsOf(ann.store, 'sent')
    const log = await restarted(ann)
    await log.audit.redact({ seq: second?.seq as number, label: 'text', reason: 'a patron asked for it' })
    const there = await come()
    const came = textsAt(there)
    const outcomes = outcomesAt(await person({ peers: [there.address] }, log))
    await until(() => outcomes.length === 3)
    expect(came).toEqual(['message 0', 'message 2'])
    expect(outcomes.map(({ result }) => result).toSorted()).toEqual(['delivered', 'delivered', 'withheld'])
  })

  test('expires after 30 days, on record', async () => {
    const [ann, bea] = [await device(), await device()]
    const store = memoryStore()
    const clock = { ...systemClock(), wallMs: () => Date.now() - 31 * 86_400_000 }
    const log = await auditLog({ store, owner: ann.peer, signer: ann.signer, clock })
    await appended(log, { ...textTo(bea.peer, 'too old', ann.peer), detail: { kept: 1 } })
    const outcomes = outcomesAt(await person({}, await restarted(ann, store)))
    await until(() => outcomes.length === 1)
    expect(outcomes).toMatchObject([{ result: 'expired', to: bea.peer, sentSeq: 1 }])
    expect(await recordsOf(store, 'outcome')).toMatchObject([{ ref: 1, detail: { result: 'expired' } }])
  })
})

test('what cannot be proven just now is not given up: it comes when it can', async () => {
  const [ann, bea] = [await device(), await person()]
  const came = textsAt(bea)
  let failures = 0
  const audit = changed(ann.audit, {
    prove: async (request) => {
      if (failures++ < 2) throw new Error('the tree cannot be read')
      return ann.audit.prove(request)
    },
  })
  const { messenger } = await person({ peers: [bea.address], audit }, ann)
  const outcomes = outcomesAt({ messenger })
  await messenger.post(bea.peer, 'at last')
  await until(() => outcomes.length === 1)
  expect(outcomes).toMatchObject([{ result: 'delivered' }])
  expect(came).toEqual(['at last'])
})

describe('a refusal that passes', () => {
  test('ends the stream, and the message comes again on another, before those after it', async () => {
    const heard: string[] = []
    const raw = await rawPeer((stream) => {
      const isFirst = raw.streams[0] === stream
      RawPeer.answering(async (message) => {
        heard.push(Buffer.from(message.openings[0]?.payload ?? []).toString())
        if (!isFirst) return receiptFor(message, raw.self)
        setImmediate(() => void stream.stream.close())
        return { refusal: { message: own([]), code: 'CONVERSATION_UNKNOWN', reason: 'not yet' } }
      })(stream)
    })
    const ann = await person({ peers: [raw.address] })
    const outcomes = outcomesAt(ann)
    await postAll(ann, raw.self, numbered(3))
    await until(() => outcomes.length === 3, 'the outcomes', 8_000)
    expect(heard.slice(-3)).toEqual(numbered(3))
    expect(outcomes.map(({ result }) => result)).toEqual(['delivered', 'delivered', 'delivered'])
  })

  test('any other is the end of it', async () => {
    const raw = await rawPeer((stream) => RawPeer.answering(async () => undefined)(stream))
    const ann = await person({ peers: [raw.address] })
    const outcomes = outcomesAt(ann)
    const { id } = await ann.messenger.post(raw.peer, 'no')
    await until(() => raw.frames.length === 1)
    await raw.streams[0]?.say({
      refusal: { message: own(Buffer.from(id, 'hex')), code: 'MESSAGE_UNKNOWN', reason: 'what?' },
    })
    await until(() => outcomes.length === 1)
    expect(outcomes).toMatchObject([{ id, result: 'refused', code: 'MESSAGE_UNKNOWN' }])
  })
})

test('what could not be read back is read again, although nobody comes and nothing is posted', async () => {
  const read: number[] = []
  const lane = { window: new SendWindow(), withdraw: () => undefined } as unknown as Lane
  const failed = gate()
  const outbox = new Outbox({
    lane,
    recall: async ({ seq }) => {
      read.push(seq)
      throw new Error('I/O error')
    },
    onEnd: async () => undefined,
    onFailed: () => failed.open(),
  })
  outbox.restore([{ id: '00'.repeat(32), seq: 3, time: 1 }])
  await failed.opened
  await until(() => read.length === 1)
  outbox.expire(2)
  expect(read).toEqual([3, 3])
})
