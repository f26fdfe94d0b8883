import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { person } from '../peers.ts'
import { until } from '../support.ts'
import { again, answersIn, cameTo, filers, kept, offeredTo, original, sha256 } from './support.ts'

describe('a file that is offered', () => {
  test('and accepted arrives whole, and offer, acceptance and arrival are on the record of both', async () => {
    const [ann, bea] = await filers()
    const { path, bytes } = original(1_000_000)
    const posted = await ann.messenger.offer(bea.peer, path, { text: 'the map' })
    expect(posted).toMatchObject({ name: 'atlas.pdf', size: 1_000_000, sha256: sha256(bytes) })
    const offer = await offeredTo(bea)
    const { id, name, size } = posted
    expect(offer).toEqual({ id, from: ann.peer, conversation: undefined, name, size, sha256: sha256(bytes) })
    expect(kept(bea)).toEqual([])
    await bea.messenger.accept(offer.id)
    await until(() => bea.arrived.length === 1, 'the file', 10_000)
    expect(cameTo(bea)?.equals(bytes)).toBe(true)
    expect(await answersIn(bea)).toEqual(['accept', 'received'])
    await until(async () => (await answersIn(ann)).length === 2)
    expect(await answersIn(ann)).toEqual(['accept', 'received'])
    await until(() => kept(bea).length === 1)
    expect(kept(bea)).toEqual([sha256(bytes)])
    expect(bea.failed).toEqual([])
  })

  test('is what it was when it was offered, whatever becomes of the original', async () => {
    const [ann, bea] = await filers()
    const { path, bytes } = original(100_000)
    await ann.messenger.offer(bea.peer, path)
    writeFileSync(path, 'another')
    const { id } = await offeredTo(bea)
    rmSync(path)
    await bea.messenger.accept(id)
    await until(() => bea.arrived.length === 1, 'the file')
    expect(cameTo(bea)?.equals(bytes)).toBe(true)
  })

  test('may be bytes that come from anywhere', async () => {
    const [ann, bea] = await filers()
    const bytes = (async function* () {
      for (const word of ['line 1\n', 'line 2\n']) yield Buffer.from(word)
    })()
    await ann.messenger.offer(bea.peer, { name: 'list.txt', bytes })
    await bea.messenger.accept((await offeredTo(bea)).id)
    await until(() => bea.arrived.length === 1, 'the file')
    expect(cameTo(bea)?.toString()).toBe('line 1\nline 2\n')
  })

  test('does not move before it is accepted, nor when it is declined or taken back', async () => {
    const [ann, bea] = await filers()
    for (const name of ['one.txt', 'two.txt']) await ann.messenger.offer(bea.peer, original(50_000, name).path)
    const [one, two] = [await offeredTo(bea, 1), await offeredTo(bea, 2)]
    await bea.messenger.decline(one.id)
    await ann.messenger.withdraw(two.id)
    await until(async () => (await answersIn(bea)).length === 2)
    await expect(bea.messenger.accept(two.id)).rejects.toMatchObject({ code: 'FILE_WITHDRAWN' })
    expect(kept(bea)).toEqual([])
    await bea.messenger.accept(one.id)
    await until(() => bea.arrived.length === 1, 'the file, after all')
  })

  test('in a room is fetched by whoever accepts it, and by nobody else', async () => {
    const [ann, bea] = await filers()
    const cy = await person({ peers: [ann.address] })
    const { bytes, path } = original(60_000)
    const group = `+${'ab'.repeat(16)}`
    await ann.messenger.offer({ conversation: group, peers: [bea.peer, cy.peer] }, path)
    await bea.messenger.accept((await offeredTo(bea)).id)
    await until(() => bea.arrived.length === 1, 'the file')
    expect(cameTo(bea)?.equals(bytes)).toBe(true)
    expect(bea.arrived[0]?.conversation).toBe(group)
  })

  test('comes when whoever offered it is there again, after a restart of both', async () => {
    const [ann, bea] = await filers()
    const { bytes, path } = original(200_000)
    await ann.messenger.offer(bea.peer, path)
    const { id } = await offeredTo(bea)
    await ann.messenger.close()
    await bea.messenger.accept(id)
    const she = await again(ann)
    const her = await again(bea, { peers: [she.address] })
    await until(() => her.arrived.length === 1, 'the file', 10_000)
    expect(cameTo(her)?.equals(bytes)).toBe(true)
  })

  test('needs a place for files', async () => {
    const [ann, bea] = [await person(), await person()]
    await expect(ann.messenger.offer(bea.peer, original(1).path)).rejects.toMatchObject({ code: 'FILE_STORE_MISSING' })
  })
})
