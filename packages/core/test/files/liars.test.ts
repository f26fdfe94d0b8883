import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, test } from 'vitest'
import { FILE_PROTOCOL } from '../../src/limits.ts'
import { formatFileRequest } from '../../src/wire/file-request.ts'
import { encode as varint } from '../../src/wire/varint.ts'
import { RawPeer, rawPeer } from '../peers.ts'
import { appended, messageFrame, pause, receiptFor, until } from '../support.ts'
import { answersIn, type Filer, filer, kept, offeredTo, original, sha256 } from './support.ts'

const CONTENT = Buffer.from('the atlas, as it is')
const frame = (bytes: Uint8Array): Buffer => Buffer.concat([varint(bytes.length), bytes])
const GIVEN = frame(Buffer.alloc(0))

/** Somebody who offers the atlas, and whose answer to a request is the test's. */
async function liar(bea: Filer, name: string, answer: (stream: Stream, offset: number) => void): Promise<RawPeer> {
  const raw = await rawPeer(RawPeer.answering(async (message) => receiptFor(message, raw.self)))
  await raw.node.handle(FILE_PROTOCOL, (stream) => {
    const hear = (request: Uint8Array): void => answer(stream, Buffer.from(request).readUInt8(39))
    stream.addEventListener('message', ({ data }) => hear(data.subarray()), { once: true })
  })
  const about = JSON.stringify({ name, sha256: sha256(CONTENT), size: CONTENT.length, type: 'file' })
  const offer = await appended(raw.self.audit, {
    kind: 'sent',
    actor: raw.peer,
    peers: [bea.peer],
    payloads: [{ label: 'content', bytes: Buffer.from(about) }],
  })
  const stream = await raw.open(bea.address)
  await stream.say(messageFrame(offer))
  return raw
}

describe('of somebody who lies', () => {
  test.each<[string, Buffer]>([
    ['another file of the same size', frame(Buffer.alloc(CONTENT.length, 7))],
    ['more than was offered', frame(Buffer.concat([CONTENT, CONTENT]))],
  ])('%s is found out, on record, and nothing of it is kept', async (_, chunk) => {
    const bea = await filer()
    await liar(bea, 'atlas.txt', (stream) => stream.send(Buffer.concat([GIVEN, chunk])))
    const { id } = await offeredTo(bea)
    await bea.messenger.accept(id)
    await until(() => bea.failed.length === 1, 'the failure')
    expect(bea.failed).toMatchObject([{ id, isFinal: true, error: { code: 'FILE_WRONG' } }])
    expect(kept(bea)).toEqual([])
    expect(bea.arrived).toEqual([])
    expect(await answersIn(bea)).toEqual(['accept', 'wrong'])
  })

  test('and breaks off each time before it shows, a file is fetched twice, and not for ever', async () => {
    const bea = await filer()
    const asked: number[] = []
    await liar(bea, 'atlas.txt', (stream, offset) => {
      asked.push(offset)
      const bytes = Buffer.alloc(offset === 0 ? 10 : CONTENT.length - offset, 7)
      stream.send(Buffer.concat([GIVEN, frame(bytes)]))
      void stream.close()
    })
    const { id } = await offeredTo(bea)
    await bea.messenger.accept(id)
    await until(() => bea.failed.length === 1, 'the failure', 10_000)
    expect(bea.failed).toMatchObject([{ id, isFinal: true, error: { code: 'FILE_WRONG' } }])
    expect(asked).toEqual([0, 10, 0, 10])
    expect(kept(bea)).toEqual([])
    expect(await answersIn(bea)).toEqual(['accept', 'wrong'])
  })

  test.each<[string, Buffer, string]>([
    ['a chunk that is too large', Buffer.concat([GIVEN, varint(65_537)]), 'FRAME_TOO_LARGE'],
    ['an empty chunk', Buffer.concat([GIVEN, GIVEN]), 'FRAME_MALFORMED'],
    ['a word that is no code', frame(Buffer.from('no, never')), 'FRAME_MALFORMED'],
    ['a code that nobody knows', frame(Buffer.from('HAHA')), 'FILE_UNKNOWN'],
    ['a refusal', frame(Buffer.from('FILE_WITHDRAWN')), 'FILE_WITHDRAWN'],
  ])('%s does no harm', async (_, bytes, code) => {
    const bea = await filer()
    await liar(bea, 'atlas.txt', (stream) => stream.send(bytes))
    await bea.messenger.accept((await offeredTo(bea)).id)
    await until(() => bea.failed.length > 0, 'the failure')
    expect(bea.failed[0]?.error.code).toBe(code)
    expect(bea.arrived).toEqual([])
  })

  test.each(['../../etc/passwd', '..', 'a\\b', 'a\u0000b', 'a/b'])('the name %j is refused', async (name) => {
    const bea = await filer()
    const refused: string[] = []
    bea.messenger.addEventListener('refused', ({ detail }) => refused.push(detail.error.code))
    await liar(bea, name, () => undefined)
    await until(() => refused.length === 1)
    expect(refused).toEqual(['CONTENT_MALFORMED'])
    expect(bea.offered).toEqual([])
    const ann = await filer({ peers: [bea.address] })
    const path = original(10).path
    await expect(ann.messenger.offer(bea.peer, path, { name })).rejects.toMatchObject({ code: 'CONTENT_MALFORMED' })
    expect(kept(ann)).toEqual([])
  })

  test('no name is one in the folder', async () => {
    const bea = await filer()
    await liar(bea, '.bashrc', (stream) => stream.send(Buffer.concat([GIVEN, frame(CONTENT)])))
    await bea.messenger.accept((await offeredTo(bea)).id)
    await until(() => bea.arrived.length === 1, 'the file')
    await until(() => kept(bea).length === 1)
    expect(kept(bea)).toEqual([sha256(CONTENT)])
  })
})

/** What is answered to a request, after a while. */
async function askedBy(raw: RawPeer, ann: Filer, bytes: Uint8Array): Promise<{ heard: string; isOpen: boolean }> {
  const connection = await raw.node.dial(multiaddr(ann.address))
  const stream = await connection.newStream(FILE_PROTOCOL)
  const heard: Uint8Array[] = []
  stream.addEventListener('message', ({ data }) => heard.push(data.subarray()))
  stream.send(bytes)
  await until(() => heard.length > 0 || stream.status !== 'open', 'an answer')
  await pause(50)
  const isOpen = stream.status === 'open'
  stream.abort(new Error('that is all'))
  return { heard: Buffer.concat(heard).toString('latin1').slice(1), isOpen }
}

describe('a file is not given', () => {
  test('to whom it was not offered, who is told no more than somebody who made the ID up', async () => {
    const bea = await filer()
    const ann = await filer({ peers: [bea.address] })
    const { id } = await ann.messenger.offer(bea.peer, original(50_000).path)
    const raw = await rawPeer()
    const asked = await askedBy(raw, ann, formatFileRequest({ offer: id, offset: 0 }))
    expect(asked.heard).toBe('FILE_UNKNOWN')
    const made = await askedBy(raw, ann, formatFileRequest({ offer: 'ab'.repeat(32), offset: 0 }))
    expect(made.heard).toBe('FILE_UNKNOWN')
  })

  test('before its acceptance is on record, nor beyond its end, nor when it was taken back', async () => {
    const raw = await rawPeer(RawPeer.answering(async (message) => receiptFor(message, raw.self)))
    const ann = await filer({ peers: [raw.address] })
    const { id, size } = await ann.messenger.offer(raw.peer, original(50_000).path)
    const ask = async (offset: number) => (await askedBy(raw, ann, formatFileRequest({ offer: id, offset }))).heard
    expect(await ask(0)).toBe('FILE_NOT_ACCEPTED')
    expect(await ask(size)).toBe('FILE_UNKNOWN')
    await ann.messenger.withdraw(id)
    expect(await ask(0)).toBe('FILE_WITHDRAWN')
  })

  test('to whoever asks for what there cannot be', async () => {
    const [ann, raw] = [await filer(), await rawPeer()]
    const asked = await askedBy(raw, ann, Buffer.alloc(40, 0xff))
    expect(asked).toEqual({ heard: '', isOpen: false })
  })
})
