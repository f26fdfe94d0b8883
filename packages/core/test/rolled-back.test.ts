import { describe, expect, test } from 'vitest'
import { toWireCheckpoint } from '../src/wire/proof.ts'
import { alarms, person, rawPeer, saying } from './peers.ts'
import { changed, type Device, device, gate, recordsOf, twin, until } from './support.ts'
import { genesisOf } from './voice.ts'

describe('when a peer holds what our log does not have, nothing is sent or acknowledged to anyone any more', () => {
  const gone = { code: 'AUDIT_UNAVAILABLE', cause: expect.objectContaining({ code: 'AUDIT_LOG_ROLLED_BACK' }) }

  test.each<[string, (bea: Device) => Promise<Device>]>([
    ['a larger checkpoint', (bea) => twin(bea, 40)],
    ['another root at its size', (bea) => twin(bea, 2)],
    ['another root of the genesis alone', (bea) => twin(bea, 1)],
  ])('%s', async (_, other) => {
    const cec = await person()
    const bea = await person({ peers: [cec.address] })
    const ann = await person({ peers: [bea.address] })
    await ann.messenger.send(bea.peer, 'before')
    await bea.messenger.send(cec.peer, 'before')
    const errors = alarms(bea)
    const eve = await rawPeer()
    const held = await (await other(bea)).audit.checkpoint()
    const stream = await eve.open(bea.address, saying(await genesisOf(eve.self.audit), held))
    await until(() => errors.length > 0)
    expect(errors).toMatchObject([gone])
    await until(() => stream.ended)
    expect(stream.frames).toMatchObject([{ refusal: { code: 'AUDIT_UNAVAILABLE' } }])
    await expect(bea.messenger.send(cec.peer, 'after')).rejects.toMatchObject(gone)
    await expect(ann.messenger.send(bea.peer, 'after')).rejects.toMatchObject({
      code: 'REFUSED',
      message: expect.stringContaining('AUDIT_UNAVAILABLE'),
    })
    expect(await recordsOf(cec.store, 'received')).toHaveLength(1)
    for (const kind of ['sent', 'received'] as const) expect(await recordsOf(bea.store, kind)).toHaveLength(1)
  })

  test('is found as soon as a colleague is there, before anything is sent', async () => {
    const self = await device()
    const cec = await person()
    const before = await person({ peers: [cec.address] }, self)
    await before.messenger.send(cec.peer, 'before')
    await before.messenger.close()
    const older = await twin(self, 2)
    const after = await person(
      { peers: [cec.address], lan: false },
      { ...self, audit: older.audit, store: older.store },
    )
    const errors = alarms(after)
    await until(() => errors.length > 0)
    expect(errors).toMatchObject([gone])
    await expect(after.messenger.send(cec.peer, 'after')).rejects.toMatchObject(gone)
    expect(await recordsOf(cec.store, 'received')).toHaveLength(1)
  })

  test('on our way out, too', async () => {
    const self = await device()
    const held = await (await twin(self, 40)).audit.checkpoint()
    const eve = await rawPeer(undefined, {
      greeting: async (voice) => ({ hello: { ...(await voice.hello()).hello, held: toWireCheckpoint(held) } as never }),
    })
    const cec = await person()
    const bea = await person({ peers: [eve.address, cec.address] }, self)
    const errors = alarms(bea)
    await expect(bea.messenger.send(eve.peer, 'hello')).rejects.toMatchObject(gone)
    await expect(bea.messenger.send(cec.peer, 'hello')).rejects.toMatchObject(gone)
    expect([errors.length, eve.received, await recordsOf(self.store, 'sent')]).toEqual([1, 0, []])
  })

  test('not even what was being recorded when it was found out', async () => {
    const self = await device()
    const [asked, answer] = [[gate(), gate()], gate()]
    const audit = changed(self.audit, {
      append: async (entries, options) => {
        const n = ['sent', 'received'].indexOf(entries[0]?.kind ?? '')
        asked[n]?.open()
        if (n >= 0) await answer.opened
        return self.audit.append(entries, options)
      },
    })
    const cec = await rawPeer()
    const bea = await person({ audit, peers: [cec.address] }, self)
    const ann = await person({ peers: [bea.address] })
    const errors = alarms(bea)
    const out = bea.messenger.send(cec.peer, 'out').catch((error: unknown) => error)
    const inward = ann.messenger.send(bea.peer, 'in').catch((error: unknown) => error)
    await Promise.all(asked.map(({ opened }) => opened))
    const eve = await rawPeer()
    const held = await (await twin(self, 40)).audit.checkpoint()
    await eve.open(bea.address, saying(await genesisOf(eve.self.audit), held))
    await until(() => errors.length > 0)
    answer.open()
    expect(await out).toMatchObject({ code: 'NOT_CONFIRMED', message: expect.stringContaining('not a byte') })
    expect(await inward).toMatchObject({ code: 'REFUSED' })
    expect(cec.received).toBe(0)
    expect(await recordsOf(self.store, 'outcome')).toMatchObject([{ detail: { result: 'withheld' } }])
  })
})
