import { joinLogs, leafHash, parseRecord, verifyLog } from '@branchline/audit-sink'
import { peerIdFromString } from '@libp2p/peer-id'
import { describe, expect, test } from 'vitest'
import { createMessenger, MAX_TEXT_BYTES, messenger, type MessengerInit, type ReceivedMessage } from '../src/index.ts'
import { MAX_UNDER_WAY, MAX_UNDER_WAY_BYTES } from '../src/limits.ts'
import { pair, type Person, person, rawPeer } from './peers.ts'
import { changed, codeOf, device, entriesOf, own, recordsOf, until } from './support.ts'

/** What has come, from now on. */
function inbox({ messenger }: Person): ReceivedMessage[] {
  const messages: ReceivedMessage[] = []
  messenger.addEventListener('message', ({ detail }) => messages.push(detail.value))
  return messages
}

const texts = (messages: readonly ReceivedMessage[]): string[] => messages.map(({ text }) => text)

describe('a message that was sent', () => {
  test('is in both logs, which verify and join', async () => {
    const [ann, bea] = await pair({ name: 'Ann' }, { name: 'Bea' })
    const came = inbox(bea)
    await ann.messenger.send(bea.peer, 'Is the reading room open?')
    expect(texts(came)).toEqual(['Is the reading room open?'])
    for (const { messenger } of [ann, bea]) await messenger.close()
    for (const { store } of [ann, bea]) expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT' })
    expect(await joinLogs([ann.store, bea.store])).toMatchObject({ both: 1, unconfirmed: [], absentLogs: [] })
  })

  test('was answered with the very line that the receiver keeps, and so the outcome says', async () => {
    const [ann, bea] = await pair()
    const delivery = await ann.messenger.send(bea.peer, 'hello')
    const received = (await entriesOf(bea.store))[delivery.receivedSeq]
    expect(Buffer.from(delivery.receipt)).toEqual(Buffer.from(received?.line ?? []))
    const sent = (await entriesOf(ann.store))[delivery.sentSeq]
    expect(leafHash(sent?.line ?? Buffer.of())).toBe(delivery.id)
    const outcome = (await entriesOf(ann.store))[delivery.outcomeSeq]
    expect(parseRecord(outcome?.line ?? Buffer.of())).toMatchObject({
      kind: 'outcome',
      detail: { result: 'delivered' },
      message: delivery.id,
      ref: delivery.sentSeq,
      peers: [bea.peer],
    })
    expect(outcome?.payloads.map(({ label, bytes }) => [label, Buffer.from(bytes)])).toEqual([
      ['receipt', Buffer.from(delivery.receipt)],
      ['cosignature', expect.anything()],
    ])
  })

  test('is kept by its receiver with the words and the salt of its author', async () => {
    const [ann, bea] = await pair()
    const { sentSeq, receivedSeq } = await ann.messenger.send(bea.peer, 'hello')
    const [sent, received] = [(await entriesOf(ann.store))[sentSeq], (await entriesOf(bea.store))[receivedSeq]]
    const plain = (entry = sent) => entry?.payloads.map(({ label, salt, bytes }) => [label, own(salt), own(bytes)])
    const saltOf = (wanted: string) => own(received?.payloads.find(({ label }) => label === wanted)?.salt ?? [])
    expect(plain(received)).toEqual([
      ...(plain(sent) ?? []),
      ['record', saltOf('record'), own(sent?.line ?? [])],
      ['proof', saltOf('proof'), expect.anything()],
    ])
  })

  test('tells who wrote it, what they call themselves, and when', async () => {
    const [ann, bea] = await pair({ name: 'Ann' })
    const came = inbox(bea)
    const { id } = await ann.messenger.send(peerIdFromString(bea.peer), 'hello')
    const [sent] = await recordsOf(ann.store, 'sent')
    const [received] = await recordsOf(bea.store, 'received')
    const times = { sentAt: sent?.time, receivedAt: received?.time }
    const bytes = own(Buffer.from('hello'))
    const place = { conversation: undefined, to: [bea.peer], as: undefined, after: [], about: { type: 'text' } }
    expect(came).toEqual([{ id, from: ann.peer, name: 'Ann', text: 'hello', bytes, ...place, ...times }])
  })

  test('goes both ways at once', async () => {
    const [ann, bea] = await pair()
    const [toAnn, toBea] = [inbox(ann), inbox(bea)]
    await ann.messenger.send(bea.peer, 'first')
    const numbers = Array.from({ length: 50 }, (_, n) => String(n))
    await Promise.all(
      numbers.flatMap((n) => [ann.messenger.send(bea.peer, n), bea.messenger.send(ann.peer, `re: ${n}`)]),
    )
    expect(texts(toBea)).toEqual(['first', ...numbers])
    expect(texts(toAnn)).toEqual(numbers.map((n) => `re: ${n}`))
    expect(await joinLogs([ann.store, bea.store])).toMatchObject({ both: 101, unconfirmed: [] })
  })

  test('says what it said when send was called, whatever becomes of the bytes after it', async () => {
    const [ann, bea] = await pair()
    const came = inbox(bea)
    const bytes = Buffer.from('pay five')
    const sending = ann.messenger.send(bea.peer, bytes)
    bytes.fill('X')
    await sending
    expect(texts(came)).toEqual(['pay five'])
    expect(await verifyLog(ann.store)).toMatchObject({ verdict: 'INTACT' })
  })

  test('may have up to 32,768 bytes of any kind', async () => {
    const [ann, bea] = await pair()
    const came = inbox(bea)
    await ann.messenger.send(bea.peer, Buffer.alloc(MAX_TEXT_BYTES, 0xff))
    await ann.messenger.send(bea.peer, 'a lone \uD83D surrogate')
    expect(Buffer.from(came[0]?.bytes ?? [])).toEqual(Buffer.alloc(MAX_TEXT_BYTES, 0xff))
    expect(came[1]?.text).toBe('a lone \uFFFD surrogate')
  })
})

describe('many messages', () => {
  test('that are sent at once arrive in order, and are recorded in it', async () => {
    const [ann, bea] = await pair()
    const came = inbox(bea)
    const words = Array.from({ length: 300 }, (_, n) => `message ${n}`)
    const deliveries = await Promise.all(words.map((word) => ann.messenger.send(bea.peer, word)))
    expect(texts(came)).toEqual(words)
    for (const place of ['sentSeq', 'receivedSeq'] as const) {
      const seqs = deliveries.map((delivery) => delivery[place])
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
    }
    expect(await joinLogs([ann.store, bea.store])).toMatchObject({ both: 300, unconfirmed: [] })
  })

  test('are never more under way than the wire admits', async () => {
    const self = await device()
    const under = { messages: 0, bytes: 0, mostMessages: 0, mostBytes: 0 }
    const sent = new Map<string, number>()
    const audit = changed(self.audit, {
      append: async (entries, options) => {
        const [entry] = entries
        const bytes = entry?.payloads?.[0]?.bytes.length ?? 0
        if (entry?.kind === 'outcome') {
          under.messages -= 1
          under.bytes -= sent.get(entry.message ?? '') ?? 0
        }
        if (entry?.kind === 'sent') {
          under.messages += 1
          under.bytes += bytes
          under.mostMessages = Math.max(under.mostMessages, under.messages)
          under.mostBytes = Math.max(under.mostBytes, under.bytes)
        }
        const receipts = await self.audit.append(entries, options)
        if (entry?.kind === 'sent') sent.set(receipts[0]?.leaf ?? '', bytes)
        return receipts
      },
    })
    const bea = await person()
    const ann = await person({ audit, peers: [bea.address] }, self)
    const large = Buffer.alloc(MAX_TEXT_BYTES, 'x')
    await Promise.all(Array.from({ length: 1_000 }, () => ann.messenger.send(bea.peer, large)))
    expect(under.mostBytes).toBe(MAX_UNDER_WAY_BYTES)
    await Promise.all(Array.from({ length: 1_000 }, () => ann.messenger.send(bea.peer, 'x')))
    expect(under.mostMessages).toBe(MAX_UNDER_WAY)
    expect(await recordsOf(bea.store, 'received')).toHaveLength(2_000)
  })

  test('wait for room, and give up at their deadline with BUSY and nothing recorded', async () => {
    const raw = await rawPeer()
    const ann = await person({ peers: [raw.address] })
    const under = Array.from({ length: MAX_UNDER_WAY }, () => ann.messenger.send(raw.peer, 'x', { timeoutMs: 400 }))
    const late = ann.messenger.send(raw.peer, 'one more', { timeoutMs: 100 })
    const aborted = ann.messenger.send(raw.peer, 'and one', { signal: AbortSignal.timeout(50) })
    await expect(aborted).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(late).rejects.toMatchObject({ code: 'BUSY' })
    expect(await recordsOf(ann.store, 'sent')).toHaveLength(MAX_UNDER_WAY)
    const outcomes = await Promise.allSettled(under)
    expect(outcomes.every((each) => each.status === 'rejected')).toBe(true)
  })
})

describe('what cannot be sent is refused before anything is recorded', () => {
  test('with the code that says why', async () => {
    const ann = await person()
    const send = async (to: string, text: string | Uint8Array) => ann.messenger.send(to, text)
    const other = (await device()).peer
    await expect(send(other, '')).rejects.toMatchObject({ code: 'MESSAGE_EMPTY' })
    await expect(send(other, 'x'.repeat(MAX_TEXT_BYTES + 1))).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    await expect(send(other, '€'.repeat(MAX_TEXT_BYTES / 2))).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    await expect(send(ann.peer, 'hello')).rejects.toMatchObject({ code: 'PEER_INVALID' })
    for (const nobody of ['', 'bea', '12D3KooW', `${other}x`, '/ip4/127.0.0.1/tcp/1'])
      await expect(send(nobody, 'hello'), nobody).rejects.toMatchObject({ code: 'PEER_INVALID' })
    await expect(send(other, 'hello')).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    expect(await recordsOf(ann.store, 'sent')).toEqual([])
  })

  test('PEER_UNREACHABLE when the peer speaks another protocol', async () => {
    const raw = await rawPeer()
    await raw.node.unhandle('/branchline/message/1')
    const ann = await person({ peers: [raw.address] })
    await expect(ann.messenger.send(raw.peer, 'hello')).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' })
    expect(await recordsOf(ann.store, 'sent')).toEqual([])
  })
})

describe('there is no messenger without an audit sink', () => {
  test.each([
    ['none', {}],
    ['undefined', { audit: undefined }],
    ['null', { audit: null }],
    ['an empty one', { audit: {} }],
    ['half of one', { audit: { append: async () => [] } }],
    ['nothing at all', undefined],
  ])('AUDIT_SINK_MISSING with %s, and no node is started', async (_, init) => {
    expect(codeOf(() => messenger(init as unknown as MessengerInit))).toBe('AUDIT_SINK_MISSING')
    const { identity } = await device()
    const creating = createMessenger({ ...(init as unknown as MessengerInit), identity, lan: false })
    await expect(creating).rejects.toMatchObject({ code: 'AUDIT_SINK_MISSING' })
  })
})

test('colleagues learn of each other, with their names', async () => {
  const [ann, bea] = await pair({ name: 'Ann' }, { name: 'Bea' })
  await ann.messenger.send(bea.peer, 'hello')
  await until(() => bea.messenger.colleagues().some(({ link }) => link === 'direct'))
  expect(bea.messenger.colleagues()).toEqual([{ peer: ann.peer, name: 'Ann', link: 'direct', presence: 'here' }])
  await until(() => ann.messenger.colleagues()[0]?.name === 'Bea')
})

describe('what comes before anybody listens', () => {
  test('is shown to the first who does, in order, and once', async () => {
    const [ann, bea] = await pair()
    for (const text of ['one', 'two', 'three']) await ann.messenger.send(bea.peer, text)
    const shown: string[] = []
    const again: string[] = []
    bea.messenger.addEventListener('message', ({ detail }) => shown.push(detail.value.text))
    bea.messenger.addEventListener('message', ({ detail }) => again.push(detail.value.text))
    await ann.messenger.send(bea.peer, 'four')
    await until(() => shown.length >= 4)
    expect(shown).toEqual(['one', 'two', 'three', 'four'])
    expect(again).toEqual(shown)
    const late: string[] = []
    bea.messenger.addEventListener('message', ({ detail }) => late.push(detail.value.text))
    await ann.messenger.send(bea.peer, 'five')
    await until(() => late.length > 0)
    expect(late).toEqual(['five'])
  })

  test('a colleague who was met is told of, too', async () => {
    const [ann, bea] = await pair()
    await ann.messenger.send(bea.peer, 'Good morning')
    await until(() => bea.messenger.colleagues().length > 0)
    const here: string[] = []
    bea.messenger.addEventListener('colleague:here', ({ detail }) => here.push(detail.peer))
    await until(() => here.length > 0)
    expect(here).toEqual([ann.peer])
  })
})
