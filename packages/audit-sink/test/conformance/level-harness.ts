import { cp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
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
      await cp(folderOf(place), copy, { recursive: true })
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
