import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Random } from '../record-before-send/random.ts'
import { testFolder } from '../support/test-folder.ts'
import { type Bed, layBranches } from './bed.ts'
import { canSlowCables } from './can-lay-branches.ts'
import { accept, cameBy, filesOf, hasCome, offer, original, sha256Of } from './file-carrying.ts'
import { checkRecord } from './file-record.ts'
import { hireAll, type Staff } from './staff.ts'
import { FULL } from '../support/trial.ts'

const MIB = 1_048_576
const FILE_BYTES = (FULL ? 100 : 22) * MIB
const LINE = { megabits: 20, delayMs: 5 }
const BREAKS = 10
const LINK_DOWN_MS = 3_000
const COME_MS = 120_000
/** Whoever begins anew at each break brings it five times over. */
const MOST_BROUGHT = 1.5
/** A file that was spoiled when so much of it was there. */
const SPOILED_BYTES = 8 * MIB
const SPOILED_AT = 0.5

const can = await canSlowCables()

test.skipIf(!can)(
  `a file of ${FILE_BYTES / MIB} MiB whose way is broken ${BREAKS} times arrives whole, and is not begun anew`,
  async () => {
    const random = new Random()
    console.log(`seed ${random.seed}`)
    const folder = await testFolder()
    await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
    const [ann, bea] = await atTheirPlaces(bed, folder)
    const { path, sha256 } = await original(folder, FILE_BYTES)
    const id = await offer(ann, bea, path)
    const before = await cameBy(bed, bea)
    await accept(bea, id)
    const breaks: readonly (readonly [string, () => Promise<void>])[] = [
      ['the end of the sender', async () => killed(bed, ann)],
      ['the end of the receiver', async () => killed(bed, bea)],
      ['a pulled cable', async () => unplugged(bed, bea)],
      ['a restart of the sender', async () => restarted(bed, ann)],
      ['a restart of the receiver', async () => restarted(bed, bea)],
    ]
    for (let n = 0; n < BREAKS; n++) {
      const [what, breakOff] = breaks[n % breaks.length] as (typeof breaks)[number]
      const mark = ((n + 1) / (BREAKS + 1)) * FILE_BYTES
      await hasCome(bea, mark, COME_MS).catch((error: unknown) => {
        throw new Error(`nothing more came after break ${n}`, { cause: error })
      })
      await pause(random.below(200))
      expect(bea.program.all('file-arrived'), `before ${what}`).toEqual([])
      await breakOff()
    }
    const brought = await arrives(bed, bea, sha256, before)
    console.log(`${(brought / MIB).toFixed(1)} MiB came for ${FILE_BYTES / MIB}, with ${BREAKS} breaks`)
    expect(brought / FILE_BYTES).toBeLessThan(MOST_BROUGHT)
    await goHome([ann, bea], id)
  },
  COME_MS * (BREAKS + 2),
)

test.skipIf(!can)('what was spoiled on the disk while it was on its way is noticed and mended', async () => {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
  const [ann, bea] = await atTheirPlaces(bed, folder)
  const { path, sha256 } = await original(folder, SPOILED_BYTES)
  const id = await offer(ann, bea, path)
  const before = await cameBy(bed, bea)
  await accept(bea, id)
  await hasCome(bea, SPOILED_AT * SPOILED_BYTES)
  await bea.program.kill()
  await spoil(join(filesOf(bea), `${id}.part`))
  await start(bed, bea)
  const brought = await arrives(bed, bea, sha256, before)
  console.log(`${(brought / MIB).toFixed(1)} MiB came for ${SPOILED_BYTES / MIB}, half of which was spoiled`)
  expect(brought / SPOILED_BYTES).toBeGreaterThan(1 + SPOILED_AT)
  expect(bea.program.all('file-failed')).toEqual([])
  await goHome([ann, bea], id)
})

async function atTheirPlaces(bed: Bed, folder: string): Promise<readonly [Staff, Staff]> {
  await bed.netem('bea', LINE)
  const [ann, bea] = await hireAll(['ann', 'bea'], folder)
  await Promise.all([start(bed, ann), start(bed, bea)])
  await Promise.all([ann.sees(bea), bea.sees(ann)])
  return [ann, bea]
}

async function start(bed: Bed, one: Staff): Promise<void> {
  await one.start(bed, { files: { folder: filesOf(one) } })
}

async function killed(bed: Bed, one: Staff): Promise<void> {
  await one.program.kill()
  await start(bed, one)
}

async function restarted(bed: Bed, one: Staff): Promise<void> {
  await one.close()
  await start(bed, one)
}

async function unplugged(bed: Bed, { name }: Staff): Promise<void> {
  await bed.host(name).linkDown()
  await pause(LINK_DOWN_MS)
  await bed.host(name).linkUp()
}

/** One byte in the midst of it is another. */
async function spoil(path: string): Promise<void> {
  const at = Math.floor((await stat(path)).size / 2)
  const file = await open(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
  await file.write(Buffer.of((buffer[0] as number) ^ 1), 0, 1, at)
  await file.close()
}

/** @returns bytes that came to their machine meanwhile */
async function arrives(bed: Bed, one: Staff, sha256: string, before: number): Promise<number> {
  const { file } = await one.program.until('file-arrived', undefined, COME_MS)
  expect(await sha256Of(file.path)).toBe(sha256)
  return (await cameBy(bed, one)) - before
}

async function goHome([ann, bea]: readonly [Staff, Staff], id: string): Promise<void> {
  await expect.poll(() => ann.undelivered(bea), { timeout: COME_MS }).toBe(0)
  await expect.poll(() => bea.undelivered(ann), { timeout: COME_MS }).toBe(0)
  expect(bea.program.all('file-arrived')).toHaveLength(1)
  await Promise.all([ann.close(), bea.close()])
  await checkRecord([ann, bea], id)
}
