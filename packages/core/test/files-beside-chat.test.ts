import { expect, test } from 'vitest'
import { openFolderStore } from '../src/files/folder-store.ts'
import { HUSH_MS } from '../src/limits.ts'
import { watched } from './files/stores.ts'
import { type Filer, filer, folder, offeredTo, original } from './files/support.ts'
import { pause, until } from './support.ts'

/** A file that is on its way all through the test. */
async function underWay(ann: Filer, bea: Filer, bytes: number): Promise<void> {
  await until(() => ann.messenger.colleagues().some(({ link }) => link === 'direct'), 'the link', 10_000)
  await ann.messenger.offer(bea.peer, original(100_000_000).path)
  const { id } = await offeredTo(bea)
  let moved = 0
  bea.messenger.addEventListener('file:progress', ({ detail }) => {
    moved = detail.bytes
  })
  await bea.messenger.accept(id)
  await until(() => moved > bytes, 'the first bytes', 15_000)
}

test('while somebody speaks, no more of a file leaves than a slice that was about to', {
  timeout: 30_000,
}, async () => {
  const at = folder()
  const reads: number[] = []
  let beside = 0
  const store = watched(await openFolderStore(at), () => reads.push(performance.now()))
  const bea = await filer()
  const ann = await filer({ peers: [bea.address], files: { store } }, undefined, at)
  await underWay(ann, bea, 1_000_000)
  for (let n = 0; n < 50; n++) {
    reads.length = 0
    const saidAt = performance.now()
    const sent = ann.messenger.send(bea.peer, `message ${n}`)
    await Promise.all([sent, pause(2 * HUSH_MS)])
    expect(reads.filter((read) => read > saidAt && read < saidAt + HUSH_MS).length).toBeLessThanOrEqual(1)
    beside += reads.length
  }
  expect(beside).toBeGreaterThan(20)
  expect(bea.arrived, 'it was on its way all the time').toEqual([])
})
