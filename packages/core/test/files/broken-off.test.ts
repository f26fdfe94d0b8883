import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openFolderStore } from '../../src/files/folder-store.ts'
import { until } from '../support.ts'
import { breaking, filling } from './stores.ts'
import { again, answersIn, cameTo, type Filer, filer, folder, kept, offeredTo, original, sha256 } from './support.ts'

const BYTES = 4_000_000

function partOf({ folder }: Filer, id: string): number {
  try {
    return readFileSync(join(folder, `${id}.part`)).length
  } catch {
    return 0
  }
}

describe('a file whose way breaks off', () => {
  test('ten times at random places arrives whole, and goes on from where it was', async () => {
    const breaks: number[] = []
    const next = (): number | undefined => {
      if (breaks.length === 10) return undefined
      const bytes = 70_000 + Math.floor(Math.random() * 250_000)
      breaks.push(bytes)
      return bytes
    }
    const at = folder()
    const bea = await filer()
    const store = breaking(await openFolderStore(at), next)
    const ann = await filer({ peers: [bea.address], files: { store } }, undefined, at)
    const { path, bytes } = original(BYTES)
    await ann.messenger.offer(bea.peer, path)
    let seen = 0
    bea.messenger.addEventListener('file:progress', ({ detail }) => {
      expect(detail.bytes, 'it never begins anew').toBeGreaterThanOrEqual(seen)
      seen = detail.bytes
    })
    await bea.messenger.accept((await offeredTo(bea)).id)
    await until(() => bea.arrived.length === 1, `the file, broken off after ${breaks.join(', ')}`, 15_000)
    expect(breaks).toHaveLength(10)
    expect(cameTo(bea)?.equals(bytes)).toBe(true)
    expect(bea.failed).toEqual([])
  })

  test('by restarts of both sides in its midst goes on by itself', async () => {
    const bea = await filer()
    const ann = await filer({ peers: [bea.address] })
    const { path, bytes } = original(3 * BYTES)
    await ann.messenger.offer(bea.peer, path)
    const { id } = await offeredTo(bea)
    await bea.messenger.accept(id)
    await until(() => partOf(bea, id) > 200_000, 'a part')
    const she = await again(ann)
    const before = partOf(bea, id)
    const her = await again(bea, { peers: [she.address] })
    await until(() => partOf(her, id) > before, 'more of it')
    const [hers, shes] = [await again(her, { peers: [she.address] }), she]
    await until(() => hers.arrived.length === 1, 'the file', 15_000)
    expect(before).toBeGreaterThan(200_000)
    expect(cameTo(hers)?.equals(bytes)).toBe(true)
    await until(async () => (await answersIn(shes)).length === 2)
    expect(await answersIn(shes)).toEqual(['accept', 'received'])
  })

  test('when only the word that it came was missing: that is said, and nothing is fetched again', async () => {
    const bea = await filer()
    const ann = await filer({ peers: [bea.address] })
    const { path, bytes } = original(50_000)
    await ann.messenger.offer(bea.peer, path)
    const { id } = await offeredTo(bea)
    await ann.messenger.close()
    await bea.messenger.accept(id)
    await bea.messenger.close()
    writeFileSync(join(bea.folder, sha256(bytes)), bytes)
    const her = await again(bea)
    await until(() => her.arrived.length === 1, 'the word')
    expect(await answersIn(her)).toEqual(['accept', 'received'])
  })

  test.each([
    ['something else is there', (file: string) => writeFileSync(file, Buffer.alloc(100_000, 7))],
    ['more is there than there should be', (file: string) => appendFileSync(file, Buffer.alloc(BYTES, 7))],
    ['some of it is gone', (file: string) => truncateSync(file, 10_000)],
  ])('and of which %s arrives all the same, and nobody is accused', async (_, spoil) => {
    const bea = await filer()
    const ann = await filer({ peers: [bea.address] })
    const { path, bytes } = original(BYTES)
    await ann.messenger.offer(bea.peer, path)
    const { id } = await offeredTo(bea)
    await bea.messenger.accept(id)
    await until(() => partOf(bea, id) > 100_000, 'a part')
    await bea.messenger.close()
    spoil(join(bea.folder, `${id}.part`))
    const her = await again(bea, { peers: [ann.address] })
    await until(() => her.arrived.length === 1, 'the file', 15_000)
    expect(cameTo(her)?.equals(bytes)).toBe(true)
    expect(her.failed).toEqual([])
    expect(await answersIn(her)).toEqual(['accept', 'received'])
  })
})

test('a full disk is told once with its code; what has come stays, and the rest comes when there is room', async () => {
  const [at, disk] = [folder(), { room: 500_000 }]
  const bea = await filer({ files: { store: filling(await openFolderStore(at), disk) } }, undefined, at)
  const ann = await filer({ peers: [bea.address] })
  const { path, bytes } = original(1_000_000)
  await ann.messenger.offer(bea.peer, path)
  const { id } = await offeredTo(bea)
  await bea.messenger.accept(id)
  await until(() => bea.failed.length > 0, 'the failure')
  expect(bea.failed).toMatchObject([{ id, isFinal: false, error: { code: 'FILE_STORE_FULL' } }])
  await until(() => partOf(bea, id) > 400_000)
  disk.room = Number.POSITIVE_INFINITY
  await until(() => bea.arrived.length === 1, 'the file', 10_000)
  expect(cameTo(bea)?.equals(bytes)).toBe(true)
})

test('what is declined in its midst stops, and what has come of it is thrown away', async () => {
  const bea = await filer()
  const ann = await filer({ peers: [bea.address] })
  await ann.messenger.offer(bea.peer, original(3 * BYTES).path)
  const { id } = await offeredTo(bea)
  await bea.messenger.accept(id)
  await until(() => partOf(bea, id) > 100_000, 'a part')
  await bea.messenger.decline(id)
  await until(() => kept(bea).length === 0, 'an empty folder')
  expect(bea.arrived).toEqual([])
  await bea.messenger.accept(id)
  await until(() => bea.arrived.length === 1, 'the file, after all', 10_000)
})
