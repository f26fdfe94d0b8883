import { spawnSync } from 'node:child_process'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { atEnd } from '../support/at-end.ts'
import { testFolder } from '../support/test-folder.ts'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { accept, filesOf, offer, original, sha256Of } from './file-carrying.ts'
import { checkRecord } from './file-record.ts'
import { hireAll } from './staff.ts'

const MIB = 1_048_576
const [DISK_MIB, BALLAST_BYTES, FILE_BYTES] = [16, 10 * MIB, 12 * MIB]
const COME_MS = 60_000

/** A disk of this size, in memory. */
function mount(folder: string, mebibytes: number): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'branchline', folder])
  if (status !== 0) throw new Error(`no disk could be mounted: ${stderr.toString()}`)
  const unmount = (): void => void spawnSync('umount', ['--lazy', folder])
  const callOff = atEnd(unmount)
  onTestFinished(() => {
    callOff()
    unmount()
  })
}

test.skipIf(!(await canLayBranches()))(
  'a disk that is full is told of with its code, what has come stays, and the rest comes when there is room',
  async () => {
    const folder = await testFolder()
    await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
    const [ann, bea] = await hireAll(['ann', 'bea'], folder)
    const [disk, ballast] = [filesOf(bea), join(filesOf(bea), 'ballast')]
    await mkdir(disk)
    mount(disk, DISK_MIB)
    await writeFile(ballast, Buffer.alloc(BALLAST_BYTES))
    await Promise.all([ann, bea].map((one) => one.start(bed, { files: { folder: filesOf(one) } })))
    await Promise.all([ann.sees(bea), bea.sees(ann)])
    const { path, sha256 } = await original(folder, FILE_BYTES)
    const id = await offer(ann, bea, path)
    await accept(bea, id)
    await bea.program.until('file-failed')
    const come = (await stat(join(disk, `${id}.part`))).size
    console.log(`${(come / MIB).toFixed(1)} MiB of ${FILE_BYTES / MIB} came until the disk was full`)
    expect(come).toBeGreaterThan((DISK_MIB - 1) * MIB - BALLAST_BYTES)
    await ann.send(bea, 'Have you got it?')
    await rm(ballast)
    const { file } = await bea.program.until('file-arrived', undefined, COME_MS)
    expect(await sha256Of(file.path)).toBe(sha256)
    expect(bea.program.all('file-failed')).toMatchObject([{ code: 'FILE_STORE_FULL', isFinal: false }])
    const told = bea.program.all('file-progress').map(({ file: { bytes } }) => bytes)
    expect(told, 'it is never begun anew').toEqual(told.toSorted((a, b) => a - b))
    await Promise.all([ann.close(), bea.close()])
    await checkRecord([ann, bea], id)
  },
)
