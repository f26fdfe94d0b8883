/*
 * Talks mDNS and means no good: `node hostile-datagrams.ts <DatagramsInit as JSON>`. Where it says that others are it
 * listens, and never says a word. Says `done` when its time is over.
 */
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { DatagramsInit } from './hostile-say.ts'

const GROUP = '224.0.0.251'
const PORT = 5353
const TICK_MS = 10
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const [PTR, TXT, IN] = [12, 16, 1]

const { service, address, peers, perSecond, seconds } = JSON.parse(process.argv[2] as string) as DatagramsInit
const tarpit = createServer((socket) => socket.on('error', () => undefined)).listen(0, address)
await once(tarpit, 'listening')
const { port } = tarpit.address() as { port: number }
const socket = createSocket({ type: 'udp4', reuseAddr: true })
socket.bind(PORT)
await once(socket, 'listening')
socket.setMulticastInterface(address)
console.log(JSON.stringify({ event: 'ready', at: Date.now() }))

let sent = 0
const startedAt = performance.now()
while (performance.now() - startedAt < seconds * 1_000) {
  const due = ((performance.now() - startedAt) / 1_000) * perSecond
  for (; sent < due; sent++) socket.send(packet(sent), PORT, GROUP)
  await pause(TICK_MS)
}
console.log(JSON.stringify({ event: 'done', at: Date.now(), sent }))
process.exit()

/** Lies about those who are there, about people who are nowhere, questions, and what takes long to read; by turns. */
function packet(n: number): Buffer {
  const lie = peers[n % Math.max(1, peers.length)]
  if (lie !== undefined) return answer([at(lie, port + (n % 2))])
  const kinds = [
    () => Buffer.concat([header(0, 1, 0, 0), name(service), uint16(PTR), uint16(IN)]),
    () => answer([at(someone(), 1_024 + (n % 60_000))]),
    () => answer(Array.from({ length: 62 }, () => at(someone(), 4_100))),
    () => Buffer.concat([header(0x84_00, 0, 64, 0), randomBytes(8_900)]),
  ]
  return (kinds[n % kinds.length] as () => Buffer)()
}

function at(peer: string, port: number): string {
  return `dnsaddr=/ip4/${address}/tcp/${port}/p2p/${peer}`
}

/** A peer ID as good as any, of a key that nobody has. */
function someone(): string {
  let value = BigInt(`0x002408011220${randomBytes(32).toString('hex')}`)
  let text = ''
  for (; value > 0n; value /= 58n) text = `${ALPHABET[Number(value % 58n)]}${text}`
  return `1${text}`
}

function answer(fields: readonly string[]): Buffer {
  const instance = `${randomBytes(16).toString('hex')}.${service}`
  const texts = fields.map((field) =>
    record(instance, TXT, Buffer.concat([Buffer.of(field.length), Buffer.from(field)])),
  )
  return Buffer.concat([header(0x84_00, 0, 1, texts.length), record(service, PTR, name(instance)), ...texts])
}

function header(flags: number, questions: number, answers: number, additionals: number): Buffer {
  return Buffer.concat([0, flags, questions, answers, 0, additionals].map(uint16))
}

function record(of: string, type: number, data: Buffer): Buffer {
  return Buffer.concat([name(of), uint16(type), uint16(IN), uint16(0), uint16(120), uint16(data.length), data])
}

function name(text: string): Buffer {
  const labels = text.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.of(0)])
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}
