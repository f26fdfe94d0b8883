import { auditLog, recoverLog, rotateKey } from '@branchline/audit-sink'
import type { Logger } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { identify } from '@libp2p/identify'
import { createLibp2p } from 'libp2p'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Refusals } from '../src/delivery/refusals.ts'
import type { DeliveryContext } from '../src/delivery/context.ts'
import { Incoming } from '../src/delivery/incoming.ts'
import { createMessenger, createRelay, messenger, type MessengerInit, type RosterKeeper } from '../src/index.ts'
import { holdRoster, type Member, type RosterContent, rosterLogKey } from '../src/roster/index.ts'
import { FakeStream } from './fake-stream.ts'
import { alarms, LOOPBACK, type Person, person, rawPeer, written } from './peers.ts'
import { directorNamed, memberNamed, rosterOf } from './rosters.ts'
import {
  appended,
  changedFor,
  codeOf,
  type Device,
  device,
  framed,
  framesIn,
  messageFrame,
  pause,
  recordsOf,
  signerOf,
  textTo,
  until,
} from './support.ts'
import { afterHello, genesisOf, Voice } from './voice.ts'

const listed = (
  { peer, signer }: Pick<Device, 'peer' | 'signer'>,
  name: string,
  change: Partial<Member> = {},
): Member => memberNamed(name, { peer, log: rosterLogKey(signer.vkey), ...change })

/** A roster of one's own, which nobody else holds. */
async function held(members: readonly Member[], change: Partial<RosterContent> = {}): Promise<RosterKeeper> {
  return holdRoster((await rosterOf(members, change)).signed)
}

/** The receiving side of a messenger, and who it refused. */
function incomingOf(self: Device, roster: RosterKeeper): { incoming: Incoming; refused: string[] } {
  const refused: string[] = []
  const context: DeliveryContext = {
    sink: self.audit,
    roster,
    self: self.peer,
    name: undefined,
    recordTimeoutMs: 1_000,
    directors: [],
    log: Object.assign(() => undefined, { enabled: false }) as unknown as Logger,
    genesis: () => genesisOf(self.audit),
    stopped: undefined,
    stop: () => undefined,
    openStream: async () => Promise.reject(new Error('no route')),
    refusals: new Refusals(),
    auditFailed: () => undefined,
  }
  const incoming = new Incoming({
    context,
    onMessage: () => refused.push('shown'),
    onRefused: (_, { code }) => refused.push(code),
    onTurnedAway: (_, { code }) => refused.push(`turned away: ${code}`),
  })
  return { incoming, refused }
}

/** Who was refused, and why, by the records. */
async function refusals({ store }: Pick<Device, 'store'>) {
  return (await recordsOf(store, 'refused')).map(({ peers, detail }) => [peers?.[0], detail?.['code']])
}

/** Tries until it must have come about if it could, and says whether it did. */
async function connects(from: Person | Awaited<ReturnType<typeof rawPeer>>, to: Person): Promise<boolean> {
  if ('messenger' in from) {
    const sending = from.messenger.send(to.peer, 'hello', { timeoutMs: 300 })
    return sending.then(
      () => true,
      () => false,
    )
  }
  try {
    const { stream } = await from.open(to.address)
    await until(() => stream.status !== 'open').catch(() => undefined)
    return stream.status === 'open'
  } catch {
    return false
  }
}

describe('who is not on the roster is turned away at the door', () => {
  test('MEMBER_UNKNOWN: a stranger with a good libp2p node, on record once; nobody else notices', async () => {
    const [ann, bea] = [await device(), await device()]
    const members = [listed(ann, 'Ann'), listed(bea, 'Bea')]
    const there = await person({ roster: await held(members) }, bea)
    const here = await person({ roster: await held(members), peers: [there.address] }, ann)
    const told: string[] = []
    there.messenger.addEventListener('refused', ({ detail }) => told.push(`${detail.from} ${detail.error.code}`))
    const stranger = await rawPeer()
    for (let n = 0; n < 3; n++) expect(await connects(stranger, there)).toBe(false)
    await until(async () => (await refusals(bea)).length > 0)
    expect(await refusals(bea)).toEqual([[stranger.peer, 'MEMBER_UNKNOWN']])
    expect(told).toEqual([`${stranger.peer} MEMBER_UNKNOWN`])
    await here.messenger.send(bea.peer, 'hello')
    expect(there.messenger.colleagues().map(({ peer }) => peer)).toEqual([ann.peer])
  })

  test('strangers cannot fill the log, however many there are', async () => {
    const bea = await device()
    const there = await person({ roster: await held([listed(bea, 'Bea')]) }, bea)
    for (let n = 0; n < 20; n++) expect(await connects(await rawPeer(), there)).toBe(false)
    await until(async () => (await refusals(bea)).length >= 16)
    await pause(20)
    expect(await refusals(bea)).toHaveLength(16)
  })

  test('MEMBER_REVOKED: a colleague who was taken off, and does not know of it yet', async () => {
    const [ann, bea] = [await device(), await device()]
    const revoked = [{ peer: ann.peer, reason: 'left the library', time: Date.now() }]
    const there = await person({ roster: await held([listed(bea, 'Bea')], { serial: 2, revoked }) }, bea)
    const before = await held([listed(ann, 'Ann'), listed(bea, 'Bea')])
    const here = await person({ roster: before, peers: [there.address] }, ann)
    expect(await connects(here, there)).toBe(false)
    await until(async () => (await refusals(bea)).length > 0)
    expect(await refusals(bea)).toEqual([[ann.peer, 'MEMBER_REVOKED']])
    expect(await recordsOf(ann.store, 'sent')).toEqual([])
  })

  test.each([
    ['is over', { until: Date.now() - 1 }],
    ['is still to come', { from: Date.now() + 60_000 }],
  ])('MEMBER_EXPIRED: a colleague whose time %s', async (_, time) => {
    const [ann, bea] = [await device(), await device()]
    const there = await person({ roster: await held([listed(ann, 'Ann', time), listed(bea, 'Bea')]) }, bea)
    const members = [listed(ann, 'Ann'), listed(bea, 'Bea')]
    const here = await person({ roster: await held(members, { serial: 2 }), peers: [there.address] }, ann)
    expect(await connects(here, there)).toBe(false)
    await until(async () => (await refusals(bea)).length > 0)
    expect(await refusals(bea)).toEqual([[ann.peer, 'MEMBER_EXPIRED']])
  })

  test('a stranger is not dialled either, whoever named the address', async () => {
    const ann = await device()
    const stranger = await rawPeer()
    const here = await person({ roster: await held([listed(ann, 'Ann')]), peers: [stranger.address] }, ann)
    await expect(here.messenger.send(stranger.peer, 'hello')).rejects.toMatchObject({ code: 'MEMBER_UNKNOWN' })
    await pause(100)
    expect(stranger.node.getConnections()).toEqual([])
    expect(await recordsOf(ann.store, 'sent')).toEqual([])
  })

  test('in a node without a gate, at each stream', async () => {
    const bea = await device()
    const service = messenger({ audit: bea.audit, roster: await held([listed(bea, 'Bea')]) })
    const node = await createLibp2p({
      privateKey: bea.identity,
      addresses: { listen: LOOPBACK },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify(), messenger: service },
    })
    onTestFinished(() => void node.stop())
    const stranger = await rawPeer()
    const raw = await stranger.open(String(node.getMultiaddrs()[0]))
    await until(() => raw.stream.status !== 'open')
    await until(async () => (await refusals(bea)).length > 0)
    expect(await refusals(bea)).toEqual([[stranger.peer, 'MEMBER_UNKNOWN']])
    expect(raw.bytes).toHaveLength(0)
  })
})

describe('there is no messenger without a roster on which it is', () => {
  test.each([
    ['none', {}],
    ['undefined', { roster: undefined }],
    ['an empty one', { roster: {} }],
    ['a file name', { roster: 'library.roster' }],
    ['one that is not checked', { roster: { current: {}, whyNot: () => undefined } }],
  ])('ROSTER_MISSING with %s, and no node is started', async (_, init) => {
    const { audit, identity } = await device()
    const given = { audit, ...init } as unknown as MessengerInit
    expect(codeOf(() => messenger(given))).toBe('ROSTER_MISSING')
    await expect(createMessenger({ ...given, identity, lan: false })).rejects.toMatchObject({
      code: 'ROSTER_MISSING',
      message: expect.stringContaining('openRoster'),
    })
    await expect(createRelay({ identity, listen: [], ...init } as never)).rejects.toMatchObject({
      code: 'ROSTER_MISSING',
    })
  })

  test.each<[string, (self: Device) => Promise<RosterKeeper>]>([
    ['MEMBER_UNKNOWN', async () => held([])],
    ['MEMBER_EXPIRED', async (self) => held([listed(self, 'Ann', { until: 1 })])],
    ['MEMBER_REVOKED', async ({ peer }) => held([], { revoked: [{ peer, reason: 'left', time: 1 }] })],
  ])('%s: it does not start, and nothing is recorded', async (code, rosterFor) => {
    const ann = await device()
    await expect(person({ roster: await rosterFor(ann) }, ann)).rejects.toMatchObject({ code })
    expect(await recordsOf(ann.store, 'session')).toEqual([])
  })

  test('the start of each session names the roster in force', async () => {
    const ann = await device()
    const roster = await held([listed(ann, 'Ann')], { serial: 7 })
    await person({ roster }, ann)
    const [{ detail } = {}] = await recordsOf(ann.store, 'session')
    expect(detail).toEqual({ event: 'start', name: 'Ann', roster: 7, 'roster-sha256': roster.hash })
  })

  test('names are those of the roster, whatever people call themselves', async () => {
    const [ann, bea] = [await device(), await device()]
    const members = [listed(ann, 'Ann'), listed(bea, 'Bea')]
    const there = await person({ roster: await held(members) }, bea)
    const roster = await held(members)
    const here = await person({ roster, peers: [there.address], name: 'The Director' }, ann)
    const names: unknown[] = []
    there.messenger.addEventListener('message', ({ detail }) => names.push(detail.value.name))
    await here.messenger.send(bea.peer, 'hello')
    await until(() => names.length > 0)
    expect(names).toEqual(['Ann'])
    expect(there.messenger.colleagues()).toMatchObject([{ name: 'Ann' }])
  })
})

describe('the log of a member is the one that the roster names', () => {
  test('LOG_UNLISTED: another is refused, and that is on record', async () => {
    const [ann, bea] = [await device(), await device()]
    const members = [listed({ ...ann, signer: signerOf(ann.peer) }, 'Ann'), listed(bea, 'Bea')]
    const there = await person({ roster: await held(members) }, bea)
    const here = await person({ roster: await held(members), peers: [there.address] }, ann)
    const sending = here.messenger.send(bea.peer, 'hello', { timeoutMs: 500 })
    await expect(sending).rejects.toMatchObject({ message: expect.stringContaining('LOG_UNLISTED') })
    await until(async () => (await refusals(bea)).length > 0)
    expect((await refusals(bea))[0]).toEqual([ann.peer, 'LOG_UNLISTED'])
    expect(await recordsOf(bea.store, 'received')).toEqual([])
  })

  test.each(['first', 'second'])('its %s key is on the roster: a log whose key was changed is taken', async (which) => {
    const [ann, bea] = [await device(), await device()]
    const to = signerOf(ann.peer)
    await ann.audit.close()
    await rotateKey({ store: ann.store, owner: ann.peer, signer: ann.signer, to, reason: 'a key a year' })
    const audit = await auditLog({ store: ann.store, owner: ann.peer, signer: to })
    const members = [listed(which === 'first' ? ann : { ...ann, signer: to }, 'Ann'), listed(bea, 'Bea')]
    const there = await person({ roster: await held(members) }, bea)
    const here = await person({ roster: await held(members), peers: [there.address] }, { ...ann, signer: to, audit })
    await here.messenger.send(bea.peer, 'hello')
    expect(await recordsOf(bea.store, 'received')).toHaveLength(1)
  })

  test('a director on the roster may let it go on', async () => {
    const [ann, bea] = [await device(), await device()]
    const [dee, to] = [directorNamed('Other'), signerOf(ann.peer)]
    await ann.audit.close()
    await recoverLog({ store: ann.store, owner: ann.peer, signer: to, director: dee, reason: 'the key was lost' })
    const audit = await auditLog({ store: ann.store, owner: ann.peer, signer: to })
    const members = [listed(ann, 'Ann'), listed(bea, 'Bea')]
    const { signed } = await rosterOf(members, { directors: [dee.vkey] }, dee)
    const there = await person({ roster: holdRoster(signed) }, bea)
    const self = { ...ann, signer: to, audit }
    const here = await person({ roster: holdRoster(signed), peers: [there.address] }, self)
    await here.messenger.send(bea.peer, 'hello')
    expect(await recordsOf(bea.store, 'received')).toHaveLength(1)
  })
})

describe('a roster that takes somebody off', () => {
  async function talking() {
    const [ann, bea] = [await device(), await device()]
    const members = [listed(ann, 'Ann'), listed(bea, 'Bea')]
    const there = await person({ roster: await held(members) }, bea)
    const here = await person({ roster: await held(members), peers: [there.address] }, ann)
    await here.messenger.send(bea.peer, 'before')
    const revoked = [{ peer: ann.peer, reason: 'the laptop was stolen', time: Date.now() }]
    return { ann, bea, here, there, next: await rosterOf([listed(bea, 'Bea')], { serial: 2, revoked }) }
  }

  test('cuts them off at once, on record, and they cannot come back', async () => {
    const { ann, bea, here, there, next } = await talking()
    const gone: string[] = []
    there.messenger.addEventListener('colleague:gone', ({ detail }) => gone.push(detail.peer))
    expect(await there.messenger.takeRoster(next.signed)).toBe(true)
    await until(() => gone.includes(ann.peer))
    expect(await connects(here, there)).toBe(false)
    const records = await recordsOf(bea.store)
    const taken = records.findIndex(({ kind }) => kind === 'roster')
    expect(records[taken]).toMatchObject({
      detail: { serial: 2 },
      payloads: [['roster', next.signed.length, expect.any(String)]],
    })
    expect(records[taken + 1]).toMatchObject({ kind: 'refused', peers: [ann.peer], detail: { code: 'MEMBER_REVOKED' } })
    expect(await recordsOf(bea.store, 'received')).toHaveLength(1)
    await expect(there.messenger.send(ann.peer, 'hello')).rejects.toMatchObject({ code: 'MEMBER_REVOKED' })
  })

  test('who drops out of it without a word is cut off, too', async () => {
    const { ann, bea, there } = await talking()
    const next = await rosterOf([listed(bea, 'Bea')], { serial: 2 })
    await there.messenger.takeRoster(next.signed)
    await until(() => there.messenger.colleagues().every(({ link }) => link === 'away'))
    await until(async () => (await refusals(bea)).length > 0)
    expect(await refusals(bea)).toEqual([[ann.peer, 'MEMBER_UNKNOWN']])
  })

  test('keeps whoever stays connected, and what is under way with them', async () => {
    const { bea, there } = await talking()
    const cy = await device()
    const all = [listed(bea, 'Bea'), listed(cy, 'Cy')]
    await there.messenger.takeRoster((await rosterOf(all, { serial: 2 })).signed)
    const third = await person({ roster: await held(all, { serial: 2 }), peers: [there.address] }, cy)
    await third.messenger.send(bea.peer, 'one')
    const sending = Array.from({ length: 50 }, (_, n) => third.messenger.send(bea.peer, `${n}`))
    await there.messenger.takeRoster((await rosterOf(all, { serial: 3 })).signed)
    await Promise.all(sending)
    expect(third.messenger.colleagues()).toMatchObject([{ link: 'direct' }])
  })

  test('whose record cannot be kept is not in force', async () => {
    const self = await device()
    const audit = changedFor('roster', self.audit, async () => Promise.reject(new Error('I/O error')))
    const roster = await held([listed(self, 'Bea')])
    const bea = await person({ roster, audit }, self)
    const next = await rosterOf([], { serial: 2 })
    await expect(bea.messenger.takeRoster(next.signed)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(roster.current.serial).toBe(1)
  })

  test('that cannot be kept is in force, and an alarm', async () => {
    const self = await device()
    const signed = (await rosterOf([listed(self, 'Bea')])).signed
    const roster = holdRoster(signed, async () => Promise.reject(new Error('no space left')))
    const bea = await person({ roster }, self)
    const errors = alarms(bea)
    const next = await rosterOf([listed(self, 'Bea')], { serial: 2 })
    await expect(bea.messenger.takeRoster(next.signed)).rejects.toThrow('no space left')
    expect(roster.current.serial).toBe(2)
    await until(() => errors.length > 0)
  })

  test('a message that came before it was taken and is looked at after is refused, and recorded as refused', async () => {
    const [ann, bea] = [await device(), await device()]
    const roster = await held([listed(ann, 'Ann'), listed(bea, 'Bea')])
    const { incoming, refused } = incomingOf(bea, roster)
    const stream = new FakeStream()
    const voice = new Voice(ann, () => Buffer.concat(stream.sent))
    incoming.handle(stream.asStream(), { remotePeer: ann.peer } as never)
    await voice.greet(stream)
    await until(() => stream.sent.length > 0)
    const receipt = await appended(ann.audit, textTo(bea.peer, 'one more thing', ann.peer))
    const revoked = [{ peer: ann.peer, reason: 'left', time: 1 }]
    await roster.take(await rosterOf([listed(bea, 'Bea')], { serial: 2, revoked }), async () => undefined)
    stream.feed(framed(await voice.complete(messageFrame(receipt))))
    const frames = () => framesIn(afterHello(Buffer.concat(stream.sent)))
    await until(() => frames().length > 0)
    expect(frames()).toMatchObject([{ refusal: { code: 'MEMBER_REVOKED' } }])
    expect(refused).toEqual(['MEMBER_REVOKED'])
    expect(await recordsOf(bea.store, 'refused')).toMatchObject([
      { peers: [ann.peer], message: receipt.leaf, detail: { code: 'MEMBER_REVOKED' } },
    ])
    expect(await recordsOf(bea.store, 'received')).toEqual([])
    incoming.handle(new FakeStream().asStream(), { remotePeer: ann.peer } as never)
    expect(refused).toEqual(['MEMBER_REVOKED', 'turned away: MEMBER_REVOKED'])
  })

  test('says so of whoever says hello after it was taken, and not that their log is another', async () => {
    const [ann, bea] = [await device(), await device()]
    const roster = await held([listed(ann, 'Ann'), listed(bea, 'Bea')])
    const { incoming, refused } = incomingOf(bea, roster)
    const stream = new FakeStream()
    incoming.handle(stream.asStream(), { remotePeer: ann.peer } as never)
    await roster.take(await rosterOf([listed(bea, 'Bea')], { serial: 2 }), async () => undefined)
    await new Voice(ann, () => Buffer.concat(stream.sent)).greet(stream)
    await until(() => refused.length > 0)
    expect(refused).toEqual(['MEMBER_UNKNOWN'])
    expect(await recordsOf(bea.store, 'refused')).toEqual([])
  })
})

test('who is taken off oneself sends and takes nothing more, however soon colleagues know of it', async () => {
  const [ann, bea] = [await device(), await device()]
  const members = [listed(ann, 'Ann'), listed(bea, 'Bea')]
  const there = await person({ roster: await held(members) }, bea)
  const here = await person({ roster: await held(members), peers: [there.address] }, ann)
  await here.messenger.send(bea.peer, 'before')
  const revoked = [{ peer: bea.peer, reason: 'left', time: 1 }]
  const alone = await rosterOf([listed(ann, 'Ann')], { serial: 2, revoked })
  await there.messenger.takeRoster(alone.signed)
  await expect(there.messenger.send(ann.peer, 'hello')).rejects.toMatchObject({ code: 'MEMBER_REVOKED' })
  const late = here.messenger.send(bea.peer, 'after', { timeoutMs: 500 })
  await expect(late).rejects.toMatchObject({ code: expect.stringMatching(/^(REFUSED|NOT_CONFIRMED|MEMBER_REVOKED)$/) })
  expect(await recordsOf(bea.store, 'received')).toHaveLength(1)
})

describe('a roster that has expired', () => {
  test('lets nobody write, and a newer one come', async () => {
    const [ann, bea] = [await device(), await device()]
    const members = [listed(ann, 'Ann'), listed(bea, 'Bea')]
    const there = await person({ roster: await held(members, { expires: Date.now() + 600 }) }, bea)
    const here = await person({ roster: await held(members), peers: [there.address] }, ann)
    await here.messenger.send(bea.peer, 'in time')
    await pause(700)
    await expect(there.messenger.send(ann.peer, 'too late')).rejects.toMatchObject({ code: 'ROSTER_EXPIRED' })
    const sending = here.messenger.send(bea.peer, 'too late', { timeoutMs: 500 })
    await expect(sending).rejects.toMatchObject({ code: 'REFUSED', message: expect.stringContaining('ROSTER_EXPIRED') })
    expect(await refusals(bea)).toContainEqual([ann.peer, 'ROSTER_EXPIRED'])
    await here.messenger.takeRoster((await rosterOf(members, { serial: 2 })).signed)
    await until(async () => (await recordsOf(bea.store, 'roster')).length > 0)
    await here.messenger.send(bea.peer, 'again')
    await there.messenger.send(ann.peer, 'again')
  })

  test('is enough to start, so that a newer one may come', async () => {
    const ann = await device()
    const expired = { issued: 1, expires: 2 }
    const here = await person({ roster: await held([listed(ann, 'Ann')], expired) }, ann)
    const bea = await rawPeer()
    await expect(here.messenger.send(bea.peer, 'hello')).rejects.toMatchObject({ code: 'ROSTER_EXPIRED' })
  })
})

test('a message from somebody by hand who is on the roster is taken like any other', async () => {
  const bea = await device()
  const raw = await rawPeer()
  const roster = await held([listed(bea, 'Bea'), listed(raw.self, 'Ann')])
  const there = await person({ roster }, bea)
  const stream = await raw.open(there.address)
  await stream.say(await written(raw, bea.peer))
  await until(() => stream.frames.some(({ receipt }) => receipt !== undefined))
})
