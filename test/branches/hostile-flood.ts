/*
 * Opens connections as fast as it is told to: `node hostile-flood.ts <FloodInit as JSON>`. Says `done` with what came of
 * them.
 */
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openIdentity, peerIdOf } from '@branchline/core'
import type { ComponentLogger, Logger, MultiaddrConnection, StreamMessageEvent } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import type { Flooded, FloodInit } from './hostile-say.ts'

const HELLO = Buffer.from('\u0013/multistream/1.0.0\n\u0007/noise\n', 'latin1')
const TICK_MS = 10
const LORIS_EVERY_MS = 1_000
const WAIT_MS = 3_000

const { how, host, port, perSecond, seconds, from = [], folder } = JSON.parse(process.argv[2] as string) as FloodInit
const keys = await Promise.all([0, 1, 2, 3].map((n) => openIdentity(join(folder, `flood-${n}.key`))))
const open = new Set<Socket>()
let [tried, opened, finished] = [0, 0, 0]
const ways = { silent, half, loris, finish }

console.log(JSON.stringify({ event: 'ready', at: Date.now() }))
const startedAt = performance.now()
while (performance.now() - startedAt < seconds * 1_000) {
  const due = ((performance.now() - startedAt) / 1_000) * perSecond
  for (; tried < due; tried++) ways[how](tried)
  await pause(TICK_MS)
}
const done: Flooded = { event: 'done', at: Date.now(), tried, opened, finished, held: open.size }
console.log(JSON.stringify(done))
// What is held stays held until whoever started this has looked at what that costs.
process.stdin.resume().on('end', () => process.exit())

function knock(n: number): Socket {
  const localAddress = from[n % Math.max(1, from.length)]
  const socket = connect({ host, port, ...(localAddress !== undefined && { localAddress }) })
  watch(socket)
  return socket
}

function watch(socket: Socket): void {
  socket.on('connect', () => {
    opened++
    open.add(socket)
  })
  socket.on('close', () => open.delete(socket))
  socket.on('error', () => undefined)
}

function silent(n: number): void {
  knock(n).resume()
}

/** Begins the handshake and leaves it at that. */
function half(n: number): void {
  const socket = knock(n)
  socket.resume()
  socket.on('connect', () => socket.write(Buffer.concat([HELLO, Buffer.of(0, 32, 1)])))
}

/** Begins it, too, a byte at a time. */
function loris(n: number): void {
  const socket = knock(n)
  let sent = 0
  const timer = setInterval(() => socket.write(HELLO.subarray(sent, ++sent)), LORIS_EVERY_MS)
  socket.resume()
  socket.on('close', () => clearInterval(timer))
}

/** With a key that is as good as any, and on no roster. */
function finish(n: number): void {
  const privateKey = keys[n % keys.length] as (typeof keys)[number]
  const upgrader = { getStreamMuxers: () => new Map(), getConnectionEncrypters: () => new Map() }
  const components = { privateKey, peerId: peerIdOf(privateKey), logger: quiet(), upgrader, metrics: undefined }
  const localAddress = from[n % Math.max(1, from.length)]
  const transport = tcp({ dialOpts: { ...(localAddress !== undefined && { localAddress }) } as object })(
    components as never,
  )
  const encrypter = noise()(components as never)
  const upgradeOutbound = async (connection: MultiaddrConnection): Promise<never> => {
    opened++
    await agree(connection)
    const skip = { skipStreamMuxerNegotiation: true, signal: AbortSignal.timeout(WAIT_MS) }
    await encrypter.secureOutbound(connection as never, skip)
    finished++
    connection.abort(new Error('enough'))
    throw new Error('enough')
  }
  const options = { signal: AbortSignal.timeout(WAIT_MS), upgrader: { upgradeOutbound } }
  transport.dial(multiaddr(`/ip4/${host}/tcp/${port}`), options as never).catch(() => undefined)
}

/** Waits for what the other side says to our hello, and not a byte more. */
async function agree(connection: MultiaddrConnection): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let heard = 0
    const onMessage = ({ data }: StreamMessageEvent): void => {
      heard += data.byteLength
      if (heard < HELLO.length) return
      connection.removeEventListener('message', onMessage)
      resolve()
    }
    connection.addEventListener('message', onMessage)
    connection.addEventListener('close', () => reject(new Error('closed')))
    connection.send(HELLO)
  })
}

function quiet(): ComponentLogger {
  const say = (): void => undefined
  const log: Logger = Object.assign(say, { error: say, trace: say, enabled: false, newScope: () => log })
  return { forComponent: () => log }
}
