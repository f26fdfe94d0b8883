import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { type AppendFault, type ConformanceHarness, conformanceCases } from '../src/conformance/index.ts'
import { levelStore } from '../src/stores/level.ts'
import { BROKEN_KEEPING } from './conformance/broken-keeping.ts'
import { BROKEN_READING } from './conformance/broken-reading.ts'
import { levelHarness } from './conformance/level-harness.ts'
import { memoryHarness } from './conformance/memory-harness.ts'
import { fillDisk, mountSmallDisk, unmountSmallDisk } from './conformance/small-disk.ts'

const root = await mkdtemp(join(tmpdir(), 'branchline-conformance-'))
afterAll(() => rm(root, { recursive: true }))

function runAll(harness: ConformanceHarness): void {
  for (const { name, skipped, run } of conformanceCases(harness)) {
    expect(skipped).toBeUndefined()
    test(name, run)
  }
}

describe('the level store conforms', () => runAll(levelHarness(root)))
describe('the memory store conforms', () => runAll(memoryHarness()))

const disk = join(root, 'disk')
await mkdir(disk)
const whyNoDisk = mountSmallDisk(disk)
if (whyNoDisk !== undefined) console.warn(`skipped: a small disk cannot be mounted here: ${whyNoDisk}`)

describe.skipIf(whyNoDisk !== undefined)('the level store conforms on a disk that is really full', () => {
  afterAll(() => unmountSmallDisk(disk))
  const harness: ConformanceHarness = {
    open: (place) => levelStore(join(disk, place)),
    faults: { 'no-space': () => fillDisk(disk) },
  }
  for (const { name, needs, run } of conformanceCases(harness)) {
    if (needs?.includes('fault: no-space') === true) test(name, run)
  }
})

const BROKEN_STORES = [...BROKEN_READING, ...BROKEN_KEEPING]

async function firstFailing(harness: ConformanceHarness): Promise<string | undefined> {
  for (const { name, run } of conformanceCases(harness)) {
    const failed = await run().then(
      () => false,
      () => true,
    )
    if (failed) return name
  }
  return undefined
}

/** A hook that does what another fault does, or nothing. */
function withFault(fault: AppendFault, other?: AppendFault): ConformanceHarness {
  const harness = memoryHarness()
  const instead = (other !== undefined && harness.faults?.[other]) || (async () => async () => undefined)
  return { ...harness, faults: { ...harness.faults, [fault]: instead } }
}

describe('a store that is broken fails first at the case that is meant for it', () => {
  test.each(BROKEN_STORES)('one that %s: %s', async (_, caught, defect) => {
    expect(await firstFailing(memoryHarness(defect))).toBe(caught)
  })

  test.each<[string, AppendFault, AppendFault?]>([
    ['resolves although it was refused', 'rejected'],
    ['resolves although the answer was lost', 'rejected-but-kept'],
    ['resolves although the disk failed', 'io-error'],
    ['gives a full disk another code', 'no-space', 'io-error'],
    ['keeps what it says was refused', 'rejected', 'rejected-but-kept'],
  ])('one that %s', async (_, fault, other) => {
    const caught = `an append that fails (${fault}) rejects, and leaves all of the batch or nothing of it`
    expect(await firstFailing(withFault(fault, other))).toBe(caught)
  })

  test('there is one for every case that a driver must pass by itself', () => {
    const names = conformanceCases(memoryHarness()).map(({ name }) => name)
    const own = names.slice(
      0,
      names.findIndex((name) => name.startsWith('an append that fails')),
    )
    expect(own.filter((name) => !BROKEN_STORES.some(([, caught]) => caught === name))).toEqual([])
  })
})

describe('a case that a harness has no hook for is not passed over in silence', () => {
  test('it says why, and says so again on the console when it is run all the same', async () => {
    const harness = memoryHarness()
    const cases = conformanceCases({ open: (place) => harness.open(place) })
    const skipped = cases.filter(({ skipped }) => skipped !== undefined)
    expect(skipped.length).toBeGreaterThan(10)
    expect(skipped.map(({ needs = [] }) => needs.length > 0)).not.toContain(false)
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    for (const { name, skipped: why, run } of skipped) {
      expect(why).toMatch(/^the harness does not offer "/)
      await run()
      expect(warn).toHaveBeenLastCalledWith(`skipped: ${name}: ${why}`)
    }
    warn.mockRestore()
  })

  test('no two cases have one name', () => {
    const names = conformanceCases(memoryHarness()).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
