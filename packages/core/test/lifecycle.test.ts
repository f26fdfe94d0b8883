import { connect, createServer } from 'node:net'
import { verifyLog } from '@branchline/audit-sink'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createMessenger, type CreateMessengerInit, messenger } from '../src/index.ts'
import type { Frame } from '../src/wire/frame.ts'
import { LOOPBACK, pair, person, rawPeer } from './peers.ts'
import {
  appended,
  changed,
  changedFor,
  device,
  gate,
  messageFrame,
  pause,
  recordsOf,
  textTo,
  until,
} from './support.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await until(() => server.listening)
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function listensOn(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function starting(init: Partial<CreateMessengerInit>) {
  const { identity, audit, store, roster } = await device()
  const created = createMessenger({ identity, audit, roster, listen: LOOPBACK, lan: false, ...init })
  created.then(
    (each) => onTestFinished(() => each.close()),
    () => undefined,
  )
  return { created, store }
}

vi.mock(import('../src/limits.ts'), async (original) => ({ ...(await original()), STOP_TIMEOUT_MS: 300 as 3_000 }))

describe('a messenger starts on record, or not at all', () => {
  test('the session is in the log, from its start to its stop', async () => {
    const ann = await person({ name: 'Ann' })
    expect(await recordsOf(ann.store, 'session')).toMatchObject([
      { actor: ann.peer, detail: { event: 'start', name: 'Ann' } },
    ])
    await ann.messenger.close()
    await ann.messenger.close()
    const events = (await recordsOf(ann.store)).map(({ kind, detail }) => [kind, detail?.['event']])
    expect(events).toEqual([
      ['genesis', undefined],
      ['session', 'start'],
      ['session', 'stop'],
    ])
  })

  test.each<[string, () => Promise<never>]>([
    ['fails', async () => Promise.reject(new Error('I/O error'))],
    ['may not write', async () => Promise.reject(new Error('EACCES: permission denied, open LOCK'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('with a sink that %s it fails with AUDIT_UNAVAILABLE, and nobody listens', async (_, append) => {
    const port = await freePort()
    const audit = changed((await device()).audit, { append })
    const { created } = await starting({ audit, recordTimeoutMs: 50, listen: [`/ip4/127.0.0.1/tcp/${port}`] })
    await expect(created).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(await listensOn(port)).toBe(false)
  })

  test('LISTEN_FAILED where somebody listens already, and the log says that the session is over', async () => {
    const ann = await person()
    const { created, store } = await starting({ listen: [ann.address.split('/p2p/')[0] as string] })
    await expect(created).rejects.toMatchObject({ code: 'LISTEN_FAILED' })
    expect((await recordsOf(store, 'session')).map(({ detail }) => detail?.['event'])).toEqual(['start', 'stop'])
  })

  test.each<[string, string, Partial<CreateMessengerInit>]>([
    ['a name that is none', 'NAME_INVALID', { name: '\u001B[2J' }],
    ['a LAN that is none', 'NAME_INVALID', { lan: 'Main Branch' }],
    ['a peer that is none', 'PEER_INVALID', { peers: ['bea'] }],
    ['an address without its peer', 'PEER_INVALID', { peers: ['/ip4/127.0.0.1/tcp/4001'] }],
    ['an address that is none', 'PEER_INVALID', { peers: ['/ip4/300.0.0.1/tcp/1'] }],
    ['an address to listen on that is none', 'ADDRESS_INVALID', { listen: ['4001'] }],
    ['a relay without its peer', 'PEER_INVALID', { relays: ['/ip4/127.0.0.1/tcp/4001'] }],
  ])('%s is %s, before anything is recorded', async (_, code, init) => {
    const { created, store } = await starting(init)
    await expect(created).rejects.toMatchObject({ code })
    expect(await recordsOf(store, 'session')).toEqual([])
  })

  test('an abort keeps it from starting', async () => {
    const { identity, audit, roster } = await device()
    const creating = createMessenger(
      { identity, audit, roster, lan: false },
      { signal: AbortSignal.abort(new Error('no')) },
    )
    await expect(creating).rejects.toThrow('no')
  })

  test('a libp2p node without encryption is refused, whoever builds it', async () => {
    const { audit, roster } = await device()
    const node = createLibp2p({ transports: [tcp()], services: { messenger: messenger({ audit, roster }) } })
    await expect(node).rejects.toThrow('@libp2p/connection-encryption')
  })
})

describe('a messenger that is closed', () => {
  test('sends nothing more', async () => {
    const [ann, bea] = await pair()
    await ann.messenger.close()
    await expect(ann.messenger.send(bea.peer, 'hello')).rejects.toMatchObject({ code: 'MESSENGER_CLOSED' })
    expect((await recordsOf(ann.store)).at(-1)?.detail).toEqual({ event: 'stop' })
  })

  test('settles all that is under way, and records what became of it before the end of the session', async () => {
    const raw = await rawPeer()
    const ann = await person({ peers: [raw.address] })
    const sending = Array.from({ length: 300 }, (_, n) => ann.messenger.send(raw.peer, `${n}`))
    const settled = Promise.allSettled(sending)
    await until(() => raw.frames.length > 0)
    await ann.messenger.close()
    const records = await recordsOf(ann.store)
    const outcomes = await settled
    expect(outcomes.every((each) => each.status === 'rejected')).toBe(true)
    const sent = records.filter(({ kind }) => kind === 'sent').map(({ seq }) => seq)
    const ended = records.filter(({ kind }) => kind === 'outcome').map(({ ref }) => ref)
    expect(ended.toSorted()).toEqual(sent.toSorted())
    expect(records.at(-1)?.detail).toEqual({ event: 'stop' })
    expect(await verifyLog(ann.store)).toMatchObject({ verdict: 'INTACT' })
  })

  test('settles what waits for its own sink, too', async () => {
    const raw = await rawPeer()
    const self = await device()
    const asked = gate()
    const audit = changedFor('sent', self.audit, () => {
      asked.open()
      return new Promise(() => undefined)
    })
    const ann = await person({ audit, peers: [raw.address], recordTimeoutMs: 100 }, self)
    const sending = ann.messenger.send(raw.peer, 'hello')
    const settled = sending.catch((error: unknown) => error)
    await asked.opened
    await ann.messenger.close()
    expect(await settled).toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(raw.received).toBe(0)
  })

  test('settles what waits for a peer that takes no more', async () => {
    const raw = await rawPeer(({ stream }) => stream.pause())
    const ann = await person({ peers: [raw.address] })
    const settled = Promise.allSettled(
      Array.from({ length: 30 }, () => ann.messenger.send(raw.peer, Buffer.alloc(32_768, 1))),
    )
    await until(async () => (await recordsOf(ann.store, 'sent')).length === 30)
    await pause(20)
    const start = Date.now()
    await ann.messenger.close()
    expect(Date.now() - start).toBeLessThan(2_000)
    for (const outcome of await settled) expect(outcome).toMatchObject({ reason: { code: 'NOT_CONFIRMED' } })
  })

  test('still gives the receipts of what it was recording', async () => {
    const self = await device()
    const [asked, answer] = [gate(), gate()]
    const audit = changedFor('received', self.audit, async (entries) => {
      asked.open()
      await answer.opened
      return self.audit.append(entries)
    })
    const bea = await person({ audit }, self)
    const ann = await person({ peers: [bea.address] })
    const sending = ann.messenger.send(bea.peer, 'hello', { timeoutMs: 1_000 })
    await asked.opened
    const closing = bea.messenger.close()
    await pause(10)
    answer.open()
    await closing
    expect(await sending).toMatchObject({ to: bea.peer })
  })

  test('records nothing after the end of the session, however long a peer goes on', async () => {
    const bea = await person()
    const self = await device()
    const raw = await rawPeer(undefined, { self })
    const stream = await raw.open(bea.address)
    const frames: Frame[] = []
    for (let n = 0; n < 2_000; n++)
      frames.push(messageFrame(await appended(self.audit, textTo(bea.peer, `${n}`, self.peer))))
    let at = 0
    const pump = setInterval(() => void stream.say(...frames.slice(at, (at += 20))), 1)
    await until(() => stream.frames.length > 100)
    let shown = 0
    bea.messenger.addEventListener('message', () => (shown += 1))
    await bea.messenger.close()
    const shownAtClose = shown
    await pause(50)
    clearInterval(pump)
    const records = await recordsOf(bea.store)
    expect(records.at(-1)?.detail).toEqual({ event: 'stop' })
    expect([shown, shownAtClose]).toEqual(Array(2).fill(records.filter(({ kind }) => kind === 'received').length))
  })
})
