/*
 * Somebody who means no good, with a libp2p node that is none of ours: `node hostile-peer.ts <identity file>`. Commands
 * and events as in say.ts.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { auditLog, openLogKey } from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import { openIdentity } from '@branchline/core'
import { identify } from '@libp2p/identify'
import type { Connection, Stream } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { field, framed, RUBBISH } from './hostile-rubbish.ts'
import { say, serve } from './say.ts'

const MESSAGE_PROTOCOL = '/branchline/message/1'
const TRY_MS = 3_000
/** How long a stream with rubbish on it is watched, and how much an endless one has. */
const WATCH_MS = 300
const ENDLESS_BYTES = 16_777_216
const PIECE_BYTES = 65_536

const node = await createLibp2p({
  privateKey: await openIdentity(process.argv[2] as string),
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux({ maxOutboundStreams: 100_000 })],
  connectionManager: { maxConnections: 10_000, maxParallelDials: 1_000, maxDialQueueLength: 10_000 },
  connectionMonitor: { enabled: false },
  services: { identify: identify() },
})
say({ event: 'ready', peer: node.peerId.toString(), addresses: [] })

interface Target {
  readonly address: string
  readonly protocols?: readonly string[]
  readonly perSecond?: number
  readonly seconds?: number
}

await serve({
  protocols,
  knock,
  rubbish,
  offer,
  reconnect,
  streams,
  badMessages,
  connections: async () => node.getConnections().filter(({ status }) => status === 'open').length,
  close: async () => node.stop(),
})

async function dial(address: string): Promise<Connection> {
  return node.dial(multiaddr(address), { signal: AbortSignal.timeout(TRY_MS), force: true })
}

/** What a node says it can be spoken to by. */
async function protocols({ address }: Target): Promise<readonly string[]> {
  const told = Promise.withResolvers<readonly string[]>()
  node.addEventListener('peer:identify', ({ detail }) => told.resolve(detail.protocols), { once: true })
  await dial(address)
  return told.promise
}

/** Comes in, and opens whatever there is to open. @returns which protocols answered */
async function knock({ address, protocols = [] }: Target): Promise<string[]> {
  const opened = await Promise.all(protocols.map((protocol) => opens(address, protocol)))
  return protocols.filter((_, n) => opened[n])
}

async function opens(address: string, protocol: string): Promise<boolean> {
  try {
    const connection = await dial(address)
    const stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(TRY_MS) })
    stream.send(Buffer.of(0))
    await pause(WATCH_MS)
    return stream.status === 'open' && connection.status === 'open'
  } catch {
    return false
  }
}

/** All the rubbish there is, on each protocol. @returns how often a stream was opened, and how often it was ended */
async function rubbish({ address, protocols = [] }: Target): Promise<Record<string, string>> {
  const told: Record<string, string> = {}
  await Promise.all(
    protocols.map(async (protocol) => {
      let [opened, ended] = [0, 0]
      for (const bytes of [...Object.values(RUBBISH), undefined]) {
        const stream = await open(address, protocol)
        if (stream === undefined) continue
        opened++
        if (bytes === undefined) await sendWithoutEnd(stream)
        else send(stream, bytes)
        await pause(WATCH_MS)
        if (stream.status !== 'open' || stream.remoteWriteStatus !== 'writable') ended++
        stream.abort(new Error('enough'))
      }
      told[protocol] = `${ended} of ${opened} streams were ended`
    }),
  )
  return told
}

async function open(address: string, protocol: string): Promise<Stream | undefined> {
  try {
    const connection = node.getConnections().find(({ status }) => status === 'open') ?? (await dial(address))
    return await connection.newStream(protocol, { signal: AbortSignal.timeout(TRY_MS) })
  } catch {
    return undefined
  }
}

function send(stream: Stream, bytes: Uint8Array): boolean {
  try {
    return stream.send(bytes)
  } catch {
    return false
  }
}

async function sendWithoutEnd(stream: Stream): Promise<void> {
  const piece = Buffer.alloc(PIECE_BYTES, 0x01)
  for (let sent = 0; sent < ENDLESS_BYTES && stream.status === 'open'; sent += PIECE_BYTES) {
    if (!send(stream, piece)) await pause(5)
    if (stream.writeBufferLength > 1_048_576) return
  }
}

/** Says on each protocol, on a stream each, what the test made up. @returns what came back, in base64 */
async function offer({ address, protocol, bytes }: Target & { protocol: string; bytes: string }): Promise<string> {
  const stream = await (await dial(address)).newStream(protocol)
  const chunks: Uint8Array[] = []
  stream.addEventListener('message', ({ data }) => chunks.push(data.subarray()))
  send(stream, Buffer.from(bytes, 'base64'))
  await new Promise((resolve) => {
    stream.addEventListener('close', resolve)
    setTimeout(resolve, TRY_MS)
  })
  return Buffer.concat(chunks).toString('base64')
}

/** @returns how many tries there were, and how many of them came to something */
async function often(
  { perSecond = 0, seconds = 0 }: Target,
  work: () => Promise<unknown>,
): Promise<{ readonly tries: number; readonly done: number }> {
  const startedAt = performance.now()
  let [tries, done, underWay] = [0, 0, 0]
  while (performance.now() - startedAt < seconds * 1_000) {
    const due = ((performance.now() - startedAt) / 1_000) * perSecond
    for (; tries < due && underWay < perSecond; tries++) {
      underWay++
      void work()
        .then(
          () => done++,
          () => undefined,
        )
        .finally(() => underWay--)
    }
    await pause(10)
  }
  return { tries, done }
}

/** Connects again and again, and leaves what it has open. */
async function reconnect(target: Target): Promise<object> {
  const tried = await often(target, () => dial(target.address))
  const held = node.getConnections().filter(({ status }) => status === 'open').length
  return { ...tried, held }
}

/** Opens streams on one connection; a new connection when that was ended. */
async function streams(target: Target & { protocol: string }): Promise<object> {
  let connection = await dial(target.address)
  return often(target, async () => {
    if (connection.status !== 'open') connection = await dial(target.address)
    await connection.newStream(target.protocol, { signal: AbortSignal.timeout(TRY_MS) })
  })
}

/** Says hello as it should be, and then messages that are none, each of three bytes. */
async function badMessages({
  address,
  seconds = 0,
  perSecond = 0,
  folder,
}: Target & { folder: string }): Promise<object> {
  const hello = framed(field(4, field(1, await genesisOf(folder))))
  const bad = framed(field(1, Buffer.alloc(0)))
  let [frames, streams] = [0, 0]
  const startedAt = performance.now()
  let stream: Stream | undefined
  while (performance.now() - startedAt < seconds * 1_000) {
    if (stream?.status !== 'open' || stream.remoteWriteStatus !== 'writable') {
      stream?.abort(new Error('ended'))
      stream = await open(address, MESSAGE_PROTOCOL)
      streams++
      if (stream !== undefined) send(stream, hello)
    }
    const due = ((performance.now() - startedAt) / 1_000) * perSecond
    if (stream !== undefined) frames += sendSome(stream, bad, due - frames)
    await pause(10)
  }
  return { frames, streams }
}

function sendSome(stream: Stream, bytes: Uint8Array, count: number): number {
  let sent = 0
  while (sent < count && send(stream, bytes)) sent++
  return sent
}

async function genesisOf(folder: string): Promise<Uint8Array> {
  const owner = node.peerId.toString()
  const signer = await openLogKey(join(folder, 'log.key'), `branchline/${owner}`)
  const audit = await auditLog({ store: memoryStore(), owner, signer })
  for await (const [entry] of audit.read({ from: 0, to: 1 })) if (entry !== undefined) return entry.line
  throw new Error('the log has no record 0')
}
