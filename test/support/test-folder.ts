import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { atEnd } from './at-end.ts'

/** A folder for what the programs of this test write. It goes when the test has passed; when not, it is told where it is. */
export async function testFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'branchline-test-'))
  const callOff = atEnd(() => rmSync(folder, { recursive: true, force: true }))
  onTestFinished(async ({ task }) => {
    callOff()
    if (task.result?.state === 'fail') console.error(`"${task.name}" failed; what its programs said is in ${folder}`)
    else await rm(folder, { recursive: true })
  })
  return folder
}
