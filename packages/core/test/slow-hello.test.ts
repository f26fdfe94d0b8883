import { parseRecord } from '@branchline/audit-sink'
import { describe, expect, test } from 'vitest'
import { toWireProof } from '../src/wire/proof.ts'
import { alarms, person, rawPeer, written } from './peers.ts'
import { changed, device, entriesOf, framed, gate, own, pause, recordsOf, until } from './support.ts'

describe('while our log does not answer', () => {
  async function hesitating(recordTimeoutMs: number) {
    const self = await device()
    const asked = gate()
    const audit = changed(self.audit, { witnessed: (origin) => asked.opened.then(() => self.audit.witnessed(origin)) })
    const bea = await person({ audit, recordTimeoutMs }, self)
    const eve = await rawPeer()
    const stream = await eve.open(bea.address)
    const frames = []
    for (let n = 0; n < 20; n++) frames.push(await written(eve, bea.peer, `${n}`))
    const checkpoint = await eve.self.audit.checkpoint()
    const { size } = checkpoint
    for (const { message } of frames) {
      const { seq } = parseRecord(message?.record ?? own([]))
      const proof = toWireProof({ checkpoint, ...(await eve.self.audit.prove({ size, seq })) })
      stream.send(framed({ message: { openings: [], record: own([]), ...message, proof } }))
    }
    return { bea, stream, open: asked.open }
  }

  test('messages wait, and are then taken in the order in which they came', async () => {
    const { bea, stream, open } = await hesitating(4_000)
    await pause(20)
    expect([stream.hello, stream.frames, await recordsOf(bea.store, 'received')]).toEqual([undefined, [], []])
    open()
    await until(() => stream.frames.length === 20)
    const texts = (await entriesOf(bea.store)).flatMap(({ payloads }) =>
      payloads.filter(({ label }) => label === 'text'),
    )
    expect(texts.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(
      Array.from({ length: 20 }, (_, n) => `${n}`),
    )
  })

  test('for too long, the stream is refused with AUDIT_UNAVAILABLE, and nothing of it is taken', async () => {
    const { bea, stream } = await hesitating(50)
    const errors = alarms(bea)
    await until(() => stream.ended)
    expect(stream.frames).toMatchObject([{ refusal: { code: 'AUDIT_UNAVAILABLE', message: own([]) } }])
    expect(errors).toMatchObject([{ code: 'AUDIT_UNAVAILABLE' }])
    expect(await recordsOf(bea.store, 'received')).toEqual([])
  })

  test('and the messenger is closed, nothing that waited is recorded after the end of the session', async () => {
    const { bea, open } = await hesitating(4_000)
    await pause(20)
    const closing = bea.messenger.close()
    await pause(20)
    open()
    await closing
    await pause(20)
    const records = await recordsOf(bea.store)
    expect(records.at(-1)).toMatchObject({ kind: 'session', detail: { event: 'stop' } })
    expect(records.filter(({ kind }) => kind === 'received')).toEqual([])
  })

  test('once, it is asked again on the next stream', async () => {
    const self = await device()
    let fails = true
    const audit = changed(self.audit, {
      read: (range) => {
        if (fails) throw new Error('I/O error')
        return self.audit.read(range)
      },
    })
    const bea = await person({ audit }, self)
    const ann = await person({ peers: [bea.address] })
    await expect(ann.messenger.send(bea.peer, 'hello')).rejects.toMatchObject({ code: 'REFUSED' })
    fails = false
    await ann.messenger.send(bea.peer, 'hello')
  })
})
