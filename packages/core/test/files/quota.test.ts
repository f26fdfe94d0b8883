import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openFolderStore } from '../../src/files/folder-store.ts'
import { Room } from '../../src/files/room.ts'
import { person } from '../peers.ts'
import { until } from '../support.ts'
import { again, answersIn, cameTo, type Filer, filer, folder, kept, offeredTo, original } from './support.ts'

const MOST = 100_000

async function offering(maxBytes = MOST): Promise<[Filer, Filer]> {
  const at = folder()
  const bea = await filer({ files: { folder: at, maxBytes } }, undefined, at)
  return [await filer({ peers: [bea.address] }), bea]
}

describe('what others can make us keep is bounded', () => {
  test('what would be too much is not accepted, and nothing of that is on record', async () => {
    const [ann, bea] = await offering()
    for (const bytes of [60_000, 50_000, 40_000]) await ann.messenger.offer(bea.peer, original(bytes).path)
    const [first, second, third] = [await offeredTo(bea, 1), await offeredTo(bea, 2), await offeredTo(bea, 3)]
    await bea.messenger.accept(first.id)
    await expect(bea.messenger.accept(second.id)).rejects.toMatchObject({ code: 'FILE_QUOTA_REACHED' })
    await until(() => bea.arrived.length === 1, 'the first')
    await expect(bea.messenger.accept(second.id)).rejects.toMatchObject({ code: 'FILE_QUOTA_REACHED' })
    await bea.messenger.accept(third.id)
    await until(() => bea.arrived.length === 2, 'what there is room for')
    expect(await answersIn(bea)).toEqual(['accept', 'received', 'accept', 'received'])
    expect(bea.failed).toEqual([])
  })

  test('what was accepted counts, though its author is away; what is declined does so no more', async () => {
    const [ann, bea] = await offering()
    for (const bytes of [60_000, 50_000]) await ann.messenger.offer(bea.peer, original(bytes).path)
    const [first, second] = [await offeredTo(bea, 1), await offeredTo(bea, 2)]
    await ann.messenger.close()
    await bea.messenger.accept(first.id)
    await bea.messenger.accept(first.id)
    await expect(bea.messenger.accept(second.id)).rejects.toMatchObject({ code: 'FILE_QUOTA_REACHED' })
    await bea.messenger.decline(first.id)
    await bea.messenger.accept(second.id)
  })

  test('what was accepted and has no room any more waits, told once, and comes when there is', async () => {
    const [ann, bea] = await offering()
    const { path, bytes } = original(60_000)
    await ann.messenger.offer(bea.peer, path)
    const { id } = await offeredTo(bea)
    await ann.messenger.close()
    await bea.messenger.accept(id)
    await bea.messenger.close()
    const ballast = join(bea.folder, 'ab'.repeat(32))
    writeFileSync(ballast, Buffer.alloc(50_000))
    const she = await again(ann)
    const her = await again(bea, { peers: [she.address], files: { folder: bea.folder, maxBytes: MOST } })
    await until(() => her.failed.length > 0, 'the failure')
    rmSync(ballast)
    await until(() => her.arrived.length === 1, 'the file', 10_000)
    expect(her.failed).toMatchObject([{ id, isFinal: false, error: { code: 'FILE_QUOTA_REACHED' } }])
    expect(cameTo(her)?.equals(bytes)).toBe(true)
  })

  test('of two at once for one of which there is room, one gets it, until it gives it back', async () => {
    const room = new Room(await openFolderStore(folder()), 100)
    const takes = await Promise.allSettled(['a', 'b'].map(async (id) => room.take({ id: id.repeat(64), size: 60 })))
    expect(takes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    const [first] = takes
    if (first?.status === 'fulfilled') first.value[Symbol.dispose]()
    await room.take({ id: 'b'.repeat(64), size: 100 })
  })

  test.each([0, -1, 1.5, Number.NaN])('a bound of %d bytes is none', async (maxBytes) => {
    await expect(person({ files: { folder: folder(), maxBytes } })).rejects.toThrow(TypeError)
  })
})

test('what a process left of a file that nobody wants is thrown away at the next start; what is wanted stays', async () => {
  const [ann, bea] = await offering()
  await ann.messenger.offer(bea.peer, original(60_000).path)
  const { id } = await offeredTo(bea)
  await ann.messenger.close()
  await bea.messenger.accept(id)
  await bea.messenger.close()
  const unwanted = 'cd'.repeat(32)
  for (const each of [id, unwanted]) writeFileSync(join(bea.folder, `${each}.part`), 'a part')
  const her = await again(bea)
  await until(() => kept(her).length === 1)
  expect(kept(her)).toEqual([`${id}.part`])
})
