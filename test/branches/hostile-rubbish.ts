import { randomBytes } from 'node:crypto'

/** A field of protobuf by hand: what is sent here must not be what our own encoder would send. */
export function field(number: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes])
}

export function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

export function framed(body: Uint8Array): Buffer {
  return Buffer.concat([varint(body.length), body])
}

const repeated = (bytes: Uint8Array, count: number): Buffer => Buffer.concat(Array<Uint8Array>(count).fill(bytes))
const someMessage = field(
  1,
  Buffer.concat([field(1, Buffer.from('{"kind":"sent"}')), field(3, field(1, Buffer.of(8, 1)))]),
)
const someReceipt = field(2, field(1, Buffer.from('{"kind":"received"}')))
const someHello = field(4, field(1, Buffer.from('{"kind":"genesis"}')))
/** A group that begins 10,000 times and never ends; protobuf's own limit of depth is for who has one. */
const deep = repeated(Buffer.of(0x0b), 10_000)
const state = Buffer.concat([Buffer.from('0000000000000063', 'hex'), randomBytes(32)])

/** What a peer may send who means no good, on whatever protocol; each is sent on a stream of its own. */
export const RUBBISH: Readonly<Record<string, Uint8Array>> = {
  'random bytes': randomBytes(65_536),
  zeros: Buffer.alloc(4_096),
  'a length of 4 GiB': Buffer.concat([Buffer.from('ffffffff0f', 'hex'), randomBytes(1_000)]),
  'a length without end': Buffer.alloc(4_096, 0xff),
  'the beginning of a frame': framed(someMessage).subarray(0, -3),
  'a message before the hello': framed(someMessage),
  'a receipt before the hello': framed(someReceipt),
  'two hellos of nobody': repeated(framed(someHello), 2),
  'fields that come 2,000 times': framed(repeated(someHello, 2_000).subarray(0, 131_000)),
  'groups in groups': framed(deep),
  'all that one can be, in turn and without a pause': repeated(Buffer.of(1, 2, 3), 20_000),
  'a state and no roster': state,
  'a state and a roster that is none': Buffer.concat([state, Buffer.from('00000400', 'hex'), randomBytes(1_024)]),
  'a state and a roster that is too long': Buffer.concat([state, Buffer.from('7fffffff', 'hex'), randomBytes(1_024)]),
}
