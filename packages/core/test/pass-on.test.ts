import { type Hash, originOf } from '@branchline/audit-sink'
import { parseInclusionFile, verifyInclusionFile } from '@branchline/audit-sink/tlog'
import { beforeEach, describe, expect, test } from 'vitest'
import { isProvenBy, openHistory, type Origin, type ReceivedMessage } from '../src/index.ts'
import { type Person, person } from './peers.ts'
import { revoked } from './rosters.ts'
import { entriesOf, recordsOf, until } from './support.ts'

let ann: Person
let bea: Person
let cec: Person
let cameToBea: ReceivedMessage[]
let cameToCec: ReceivedMessage[]

function inboxOf({ messenger }: Person): ReceivedMessage[] {
  const messages: ReceivedMessage[] = []
  messenger.addEventListener('message', ({ detail }) => messages.push(detail.value))
  return messages
}

beforeEach(async () => {
  cec = await person({ name: 'Cec' })
  bea = await person({ name: 'Bea', peers: [cec.address] })
  ann = await person({ name: 'Ann', peers: [bea.address, cec.address] })
  cameToBea = inboxOf(bea)
  cameToCec = inboxOf(cec)
})

async function saidToBea(text: string): Promise<Hash> {
  const { id } = await ann.messenger.post(bea.peer, text)
  await until(() => cameToBea.some((message) => message.id === id))
  return id
}

async function arrived(n: number): Promise<ReceivedMessage> {
  await until(() => cameToCec.length === n)
  return cameToCec[n - 1] as ReceivedMessage
}

describe('what is passed on', () => {
  test('is shown with its author, its time and its words, and proven to be theirs', async () => {
    const id = await saidToBea('641.5 ROM is at the bindery')
    await bea.messenger.passOn({ id }, cec.peer, { text: 'this answers you' })
    const { from, text, about, origin } = await arrived(1)
    expect({ from, text, about }).toEqual({
      from: bea.peer,
      text: 'this answers you',
      about: { type: 'pass-on', of: id },
    })
    const [sent] = await recordsOf(ann.store, 'sent')
    expect(origin).toMatchObject({
      id,
      from: ann.peer,
      text: '641.5 ROM is at the bindery',
      sentAt: sent?.time,
      about: { type: 'text' },
      isProven: true,
    })
    expect(isProvenBy(origin as Origin, ann.signer.vkey)).toBe(true)
    expect(isProvenBy(origin as Origin, bea.signer.vkey)).toBe(false)
    expect(isProvenBy({ ...(origin as Origin), id: '0'.repeat(64) }, ann.signer.vkey)).toBe(false)
  })

  test('is what its author said, also when it is our own, or is passed on again', async () => {
    const { id, seq } = await ann.messenger.post(bea.peer, 'closed on Monday')
    await until(() => cameToBea.length === 1)
    const again = await ann.messenger.passOn({ id, seq }, cec.peer)
    expect((await arrived(1)).origin).toMatchObject({ id, from: ann.peer, text: 'closed on Monday', isProven: true })
    await cec.messenger.passOn({ id: again.id }, bea.peer, { text: 'and so on' })
    await until(() => cameToBea.length === 2)
    expect(cameToBea[1]).toMatchObject({ from: cec.peer, text: 'and so on', about: { type: 'pass-on', of: id } })
    expect(cameToBea[1]?.origin).toMatchObject({ id, from: ann.peer, text: 'closed on Monday', isProven: true })
  })

  test('is not proven when its author has left the roster: then whoever passed it on answers for it', async () => {
    const id = await saidToBea('hello')
    await revoked(ann.peer)
    await bea.messenger.passOn({ id }, cec.peer)
    expect((await arrived(1)).origin).toMatchObject({ from: ann.peer, name: undefined, text: 'hello', isProven: false })
  })

  test('is found in the history, by its words', async () => {
    const id = await saidToBea('the bindery van comes on Tuesday')
    await bea.messenger.passOn({ id }, cec.peer)
    await arrived(1)
    await using history = await openHistory({ sink: cec.audit, self: cec.peer })
    await history.follow()
    const [found] = await history.search('bindery')
    expect(found).toMatchObject({
      about: { type: 'pass-on', of: id },
      origin: { id, text: 'the bindery van comes on Tuesday' },
    })
    expect((await history.conversations())[0]).toMatchObject({ conversation: bea.peer, unread: 1 })
  })

  test('is nothing that is not here, that was erased, or that says nothing', async () => {
    await expect(bea.messenger.passOn({ id: 'ab'.repeat(32) }, cec.peer)).rejects.toMatchObject({
      code: 'HISTORY_UNKNOWN',
    })
    const id = await saidToBea('a patron asked')
    await bea.messenger.mark(cameToBea, 'read')
    await until(async () => (await recordsOf(ann.store, 'received')).length === 1)
    const [mark] = await recordsOf(ann.store, 'received')
    await expect(ann.messenger.passOn({ id: mark?.message as Hash }, cec.peer)).rejects.toMatchObject({
      code: 'CONTENT_MALFORMED',
    })
    await expect(bea.messenger.passOn({ id, seq: 0 }, cec.peer)).rejects.toMatchObject({ code: 'HISTORY_UNKNOWN' })
    const [received] = await recordsOf(bea.store, 'received')
    await bea.audit.redact({ seq: received?.seq as number, label: 'text', reason: 'names a patron' })
    await expect(bea.messenger.passOn({ id }, cec.peer)).rejects.toMatchObject({ code: 'MESSAGE_ERASED' })
    expect(await recordsOf(bea.store, 'sent')).toHaveLength(1)
  })
})

test('the log of whoever received a message proves by itself who wrote it', async () => {
  const id = await saidToBea('I said so')
  const entry = (await entriesOf(bea.store)).find(({ payloads }) => payloads.some(({ label }) => label === 'proof'))
  const proof = parseInclusionFile(entry?.payloads.find(({ label }) => label === 'proof')?.bytes as Uint8Array)
  const { checkpoint } = verifyInclusionFile(proof, { log: ann.signer.vkey, leaf: id })
  expect(checkpoint.origin).toBe(originOf(ann.peer))
})
