import { AuditError, type AuditStore, type StoreBatch } from '../../src/index.ts'
import { type ConformanceHarness, simulatedFaults } from '../../src/conformance/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { storeWith } from '../support.ts'

/** What is left of a memory store's log when it is gone: enough to fill another. */
interface Shelf {
  batches: StoreBatch[]
  erased: [seq: number, label: string][]
  headNote: Uint8Array | undefined
  locked: boolean
}

/** Replaces methods of a store. */
export type Defect = (store: AuditStore, shelf: Shelf) => Partial<AuditStore>

/** A memory store has no place, so the harness keeps one for it. */
export function memoryHarness(defect: Defect = () => ({})): ConformanceHarness {
  const shelves = new Map<string, Shelf>()
  const shelfOf = (place: string): Shelf => {
    const shelf = shelves.get(place) ?? { batches: [], erased: [], headNote: undefined, locked: false }
    shelves.set(place, shelf)
    return shelf
  }
  const openShelf = async (place: string): Promise<AuditStore> => {
    const shelf = shelfOf(place)
    if (shelf.locked) throw new AuditError('AUDIT_STORE_LOCKED', `the log ${place} is open`)
    shelf.locked = true
    const memory = memoryStore()
    for (const batch of shelf.batches) await memory.append(batch)
    for (const [seq, label] of shelf.erased) await memory.erase(seq, label)
    if (shelf.headNote !== undefined) await memory.writeHeadNote(shelf.headNote)
    const store = storeWith(memory, {
      append: async (batch) => {
        await memory.append(batch)
        shelf.batches.push(batch)
      },
      erase: async (seq, label) => {
        await memory.erase(seq, label)
        shelf.erased.push([seq, label])
      },
      writeHeadNote: async (note) => {
        await memory.writeHeadNote(note)
        shelf.headNote = note
      },
      close: async () => {
        shelf.locked = false
      },
    })
    return { ...store, ...defect(store, shelf) }
  }
  return {
    ...simulatedFaults(openShelf),
    crash: async (_, place) => {
      shelfOf(place).locked = false
    },
    keepCopy: async (place) => {
      const batches = [...shelfOf(place).batches]
      return async () => {
        shelfOf(place).batches = batches
      }
    },
  }
}
