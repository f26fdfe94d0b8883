import { encode } from 'dns-packet'
import { expect, test } from 'vitest'
import { interfaceFacts, unpluggedInterfaces } from '../../src/doctor/system-facts.ts'
import { LinkLook, type LinkLookSystem } from '../../src/doctor/link-look.ts'
import type { LanSocketInit } from '../../src/network/lan/socket.ts'

const ON = { name: 'eth0', isLoopback: false, addresses: [{ address: '10.1.0.1', prefix: 24 }] }
const SERVICE = '_milltown._udp.local'
const PEER = '12D3KooWSZariB2682wzFJNZQjy3APG8yNxcAgXM1sbp9cpCQ35M'
const BEA = '10.1.0.2'
const never = new AbortController().signal

const announcement = (ttl = 120): Buffer =>
  encode({
    type: 'response',
    answers: [{ name: SERVICE, type: 'PTR', ttl, data: `x.${SERVICE}` }],
    additionals: [{ name: `x.${SERVICE}`, type: 'TXT', ttl, data: `dnsaddr=/ip4/${BEA}/tcp/4100/p2p/${PEER}` }],
  })
const question = (): Buffer => encode({ type: 'query', questions: [{ name: SERVICE, type: 'PTR' }] })

/** A link on which what is said is given to `hear`, as the sockets of a machine would. */
function linkWith(onSaid: (bytes: Uint8Array, sockets: readonly LanSocketInit[]) => void): LinkLookSystem {
  const sockets: LanSocketInit[] = []
  return {
    open: (init) => {
      sockets.push(init)
      queueMicrotask(init.onReady)
      return { send: (bytes) => onSaid(bytes, sockets), close: () => undefined }
    },
    openUnicast: () => ({ ask: () => undefined, close: () => undefined }),
  }
}

const look = (system: LinkLookSystem) =>
  new LinkLook({ on: ON, service: SERVICE, ownAddresses: new Set(['10.1.0.1']), lookMs: 100 }, system).look(never)

test('hearing oneself proves one’s own side alone', async () => {
  const echo = linkWith((bytes, sockets) => sockets.forEach(({ onPacket }) => onPacket(bytes, '10.1.0.1')))
  expect(await look(echo)).toEqual({
    heardOurselves: true,
    packetsOfOthers: 0,
    wasAnswered: false,
    unicastAnswers: 0,
    seen: [],
  })
})

test('an answer after our question is one, and an answer after somebody else’s is theirs', async () => {
  const answering = linkWith((bytes, [listener]) => {
    if (Buffer.from(bytes).equals(question())) listener?.onPacket(announcement(), BEA)
  })
  expect(await look(answering)).toMatchObject({
    wasAnswered: true,
    packetsOfOthers: 1,
    seen: [{ peer: PEER, isHere: false }],
  })
  const overhearing = linkWith((bytes, [listener]) => {
    if (!Buffer.from(bytes).equals(question())) return
    listener?.onPacket(question(), '10.1.0.3')
    listener?.onPacket(announcement(), BEA)
  })
  expect(await look(overhearing)).toMatchObject({ wasAnswered: false, packetsOfOthers: 2, seen: [{ peer: PEER }] })
})

test('who says goodbye is not there, and what comes from elsewhere is not heard', async () => {
  const leaving = linkWith((_, [listener]) => {
    listener?.onPacket(announcement(), BEA)
    listener?.onPacket(announcement(0), BEA)
    listener?.onPacket(announcement(), '10.2.0.2')
    listener?.onPacket(Buffer.from('rubbish, and more of it'), BEA)
  })
  const { seen, packetsOfOthers } = await look(leaving)
  expect(seen).toEqual([])
  expect(packetsOfOthers).toBeGreaterThan(0)
})

test('what the system refuses is told by its code, and ends the looking', async () => {
  const failing = (more: (init: LanSocketInit) => void): LinkLookSystem => ({
    ...linkWith(() => undefined),
    open: (init) => {
      queueMicrotask(() => more(init))
      return { send: () => init.onUnsent(Object.assign(new Error('no'), { code: 'EPERM' })), close: () => undefined }
    },
  })
  const taken = failing(({ onFailure }) => onFailure(Object.assign(new Error('no'), { code: 'EADDRINUSE' })))
  expect(await look(taken)).toMatchObject({ bindError: 'EADDRINUSE' })
  expect(await look(failing(({ onReady }) => onReady()))).toMatchObject({ sendError: 'EPERM' })
})

test('what Linux tells of interfaces', async () => {
  const files: Record<string, string> = {
    '/sys/class/net/eth0/flags': '0x1003\n',
    '/sys/class/net/eth0/carrier': '1\n',
    '/sys/class/net/eth1/flags': '0x1003\n',
    '/sys/class/net/eth1/carrier': '0\n',
    '/sys/class/net/lo/flags': '0x9\n',
    '/sys/class/net/lo/carrier': '0\n',
    '/sys/class/net/tun0/flags': '0x10d1\n',
    '/proc/net/arp': [
      'IP address       HW type     Flags       HW address            Mask     Device',
      '10.1.0.2         0x1         0x2         aa:bb:cc:dd:ee:ff     *        eth0',
      '10.1.0.3         0x1         0x0         00:00:00:00:00:00     *        eth0',
      '10.2.0.2         0x1         0x2         aa:bb:cc:dd:ee:fe     *        eth1',
    ].join('\n'),
  }
  const read = async (file: string): Promise<string> => {
    const text = files[file]
    if (text === undefined) throw new Error('ENOENT')
    return text
  }
  expect(await interfaceFacts('eth0', read)).toEqual({ canMulticast: true, isPointToPoint: false, neighbours: 1 })
  expect(await interfaceFacts('tun0', read)).toMatchObject({ canMulticast: true, isPointToPoint: true })
  expect(await interfaceFacts('../../etc', read)).toEqual({})
  expect(await interfaceFacts('eth0', async () => Promise.reject(new Error('not Linux')))).toEqual({})
  expect(await unpluggedInterfaces(read, async () => ['lo', 'eth0', 'eth1', 'tun0'])).toEqual(['eth1'])
})
