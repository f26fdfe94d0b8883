import { cp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type ConformanceHarness, simulatedFaults } from '../../src/conformance/index.ts'
import { levelStore } from '../../src/stores/level.ts'

/** @param root - the folder that holds the places */
export function levelHarness(root: string): ConformanceHarness {
  const folderOf = (place: string): string => join(root, place)
  const replace = async (place: string, copy: string): Promise<void> => {
    await rm(folderOf(place), { recursive: true })
    await rename(copy, folderOf(place))
  }
  return {
    ...simulatedFaults((place) => levelStore(folderOf(place))),
    // A process that dies leaves what its files hold at that moment; LevelDB keeps nothing of a write back from them.
    crash: async (store, place) => {
      const copy = `${folderOf(place)}.crashed`
      await copyInOnePiece(folderOf(place), copy)
      await store.close()
      await replace(place, copy)
    },
    keepCopy: async (place) => {
      const copy = `${folderOf(place)}.copy`
      await cp(folderOf(place), copy, { recursive: true })
      return () => replace(place, copy)
    },
  }
}

/** LevelDB tidies up when it likes: a copy during which files came or went is of no one moment. */
async function copyInOnePiece(folder: string, copy: string): Promise<void> {
  for (let left = 100; ; left--) {
    const before = await readdir(folder)
    try {
      await cp(folder, copy, { recursive: true })
      if (isDeepStrictEqual(await readdir(folder), before)) return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    if (left === 0) throw new Error(`${folder} does not come to rest`)
    await rm(copy, { recursive: true, force: true })
  }
}
