import type { Connection, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { askClock } from '../src/clock/clock.ts'
import { CLOCK_PROTOCOL } from '../src/limits.ts'
import { formatClockAnswer } from '../src/wire/clock.ts'
import { type Person, person, rawPeer } from './peers.ts'
import { recordsOf, until } from './support.ts'

const soon = (): AbortSignal => AbortSignal.timeout(5_000)

async function meeting(): Promise<{ bea: Person; connection: Connection }> {
  const [bea, raw] = [await person(), await rawPeer()]
  return { bea, connection: await raw.node.dial(multiaddr(bea.address)) }
}

function heardOn(stream: Stream): { readonly bytes: () => Buffer; readonly isClosed: () => boolean } {
  const chunks: Uint8Array[] = []
  stream.addEventListener('message', ({ data }) => chunks.push(data.subarray()))
  return { bytes: () => Buffer.concat(chunks), isClosed: () => stream.status !== 'open' }
}

test('a messenger tells the time, and nothing of that goes on record', async () => {
  const { bea, connection } = await meeting()
  const before = (await recordsOf(bea.store)).length
  const { offsetMs, errorMs } = await askClock(connection, soon())
  expect(Math.abs(offsetMs)).toBeLessThanOrEqual(errorMs)
  // As if our own clock went a minute ahead of theirs.
  const ahead = await askClock(connection, soon(), () => Date.now() + 60_000)
  expect(Math.abs(ahead.offsetMs + 60_000)).toBeLessThanOrEqual(ahead.errorMs)
  expect(await recordsOf(bea.store)).toHaveLength(before)
})

test('at most eight questions are answered on a stream, and two streams of one connection', async () => {
  const { connection } = await meeting()
  const stream = await connection.newStream(CLOCK_PROTOCOL)
  const heard = heardOn(stream)
  for (let n = 1; n <= 8; n++) {
    stream.send(Buffer.alloc(16, n))
    await until(() => heard.bytes().length === n * 24)
  }
  expect(heard.bytes().subarray(7 * 24, 7 * 24 + 16)).toEqual(Buffer.alloc(16, 8))
  if (stream.writeStatus === 'writable') stream.send(Buffer.alloc(16, 9))
  await until(heard.isClosed)
  expect(heard.bytes()).toHaveLength(8 * 24)

  const [first, second] = [await connection.newStream(CLOCK_PROTOCOL), await connection.newStream(CLOCK_PROTOCOL)]
  const third = await connection.newStream(CLOCK_PROTOCOL).catch(() => undefined)
  if (third !== undefined) await until(() => third.status !== 'open')
  for (const each of [first, second]) {
    const { bytes } = heardOn(each)
    each.send(Buffer.alloc(16))
    await until(() => bytes().length === 24)
  }
})

test('whoever sends all questions and more at once is cut off', async () => {
  const { connection } = await meeting()
  const stream = await connection.newStream(CLOCK_PROTOCOL)
  const { isClosed } = heardOn(stream)
  stream.send(Buffer.alloc(8 * 16 + 1))
  await until(isClosed)
})

test.each<[string, (nonce: Buffer) => Buffer | undefined]>([
  ['answers another question', () => Buffer.from(formatClockAnswer(Buffer.alloc(16, 7), Date.now()))],
  ['tells no time that there is', (nonce) => Buffer.concat([nonce, Buffer.alloc(8, 0xff)])],
  ['sends more than was asked for', (nonce) => Buffer.concat([nonce, Buffer.alloc(1_000)])],
])('a peer that %s is not believed', async (_, answer) => {
  const [liar, raw] = [await rawPeer(), await rawPeer()]
  await liar.node.handle(CLOCK_PROTOCOL, (stream) => {
    stream.addEventListener('message', ({ data }) => {
      const bytes = answer(Buffer.from(data.subarray()))
      if (bytes !== undefined && stream.writeStatus === 'writable') stream.send(bytes)
    })
  })
  const connection = await raw.node.dial(multiaddr(liar.address))
  await expect(askClock(connection, soon())).rejects.toMatchObject({
    code: expect.stringMatching(/^FRAME_(MALFORMED|TOO_LARGE)$/),
  })
})

test('a peer that is silent, and one that does not know the protocol, keep nobody waiting', async () => {
  const [silent, raw] = [await rawPeer(), await rawPeer()]
  await silent.node.handle(CLOCK_PROTOCOL, () => undefined)
  const connection = await raw.node.dial(multiaddr(silent.address))
  await expect(askClock(connection, AbortSignal.timeout(200))).rejects.toMatchObject({ name: 'TimeoutError' })
  await silent.node.unhandle(CLOCK_PROTOCOL)
  await expect(askClock(connection, soon())).rejects.toMatchObject({ name: 'UnsupportedProtocolError' })
})
