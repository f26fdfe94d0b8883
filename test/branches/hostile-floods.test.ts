import { test } from 'vitest'
import { canLayBranches } from './can-lay-branches.ts'
import type { Flooded, FloodInit } from './hostile-say.ts'
import { filesBackTo, PORT, Scene, useOf } from './hostile-scene.ts'

const can = await canLayBranches()

test.skipIf(!can)('floods', async () => {
  await using scene = await Scene.set()
  const host = scene.bed.host('bea').address()
  for (const how of ['silent', 'half', 'finish', 'loris'] as const) {
    const init: FloodInit = { how, host, port: PORT, perSecond: 1_000, seconds: 4, folder: scene.folder }
    const before = await useOf(scene.bea.program)
    const program = scene.bed.host('eve').run<Flooded>('hostile-flood.ts', JSON.stringify(init))
    const flooded = await scene.during(how, async () => program.until('done'))
    const during = await useOf(scene.bea.program)
    const usage = await useOf(program as never)
    program.endInput()
    await program.end()
    const after = await filesBackTo(scene.bea.program, before.files + 2)
    console.log(how, flooded, { before, during, after, usage })
  }
  await scene.end()
})
