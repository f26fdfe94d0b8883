import { setTimeout as pause } from 'node:timers/promises'
import { joinLogs } from '@branchline/audit-sink'
import { expect, test } from 'vitest'
import { Random } from '../record-before-send/random.ts'
import { testFolder } from '../support/test-folder.ts'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { openWhole, receivedTexts } from './logs.ts'
import { hireAll, type Staff } from './staff.ts'
import { FULL } from '../support/trial.ts'

const MESSAGES = FULL ? 5_000 : 1_000
const KILLS = FULL ? 200 : 12
const WEEK_MS = 7 * 86_400_000
const DELIVERED_MS = 60_000

const can = await canLayBranches()
const numbered = Array.from({ length: MESSAGES }, (_, n) => `message ${n}`)

test.skipIf(!can)(`who was off for a week gets ${MESSAGES} messages, in order, each once`, async () => {
  const folder = await testFolder()
  await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
  const [ann, bea] = await hireAll(['ann', 'bea'], folder)
  await ann.start(bed, { aheadMs: -WEEK_MS })
  await ann.post(bea, MESSAGES)
  await ann.close()
  await ann.start(bed, {})
  await bea.start(bed, {})
  const metAt = await bea.sees(ann)
  await shown(bea, ann)
  console.log(`${MESSAGES} messages of a week came within ${Date.now() - metAt} ms`)
  expect(bea.shownFrom(ann)).toEqual(numbered)
  await goHome([ann, bea])
})

test.skipIf(!can)(
  `${KILLS} kills of either side in the midst of ${MESSAGES} messages lose none and double none`,
  async () => {
    const random = new Random()
    console.log(`seed ${random.seed}`)
    const folder = await testFolder()
    await using bed = await layBranches({ branches: { north: ['ann', 'bea'] }, folder })
    const [ann, bea] = await hireAll(['ann', 'bea'], folder)
    await Promise.all([ann.start(bed, {}), bea.start(bed, {})])
    const shownToBea: string[] = []
    let killsAmid = 0
    for (let n = 1; n <= KILLS; n++) {
      const posting = ann.post(bea, Math.floor((n * MESSAGES) / KILLS)).catch(() => undefined)
      await pause(random.below(120))
      const victim = random.of([ann, bea])
      const left = await ann.undelivered(bea)
      if (left > 0) killsAmid += 1
      await victim.program.kill()
      if (victim === bea) shownToBea.push(...bea.shownFrom(ann))
      await posting
      await victim.start(bed, {})
    }
    await ann.post(bea, MESSAGES)
    await outcomes(ann, bea)
    console.log(`of ${KILLS} kills ${killsAmid} came while messages were on their way`)
    shownToBea.push(...bea.shownFrom(ann))
    // What was recorded in the last moment before a kill was not shown, but it is there to be read.
    expect(shownToBea).toEqual(numbered.filter((text) => shownToBea.includes(text)))
    await goHome([ann, bea])
  },
)

async function shown(reader: Staff, author: Staff): Promise<void> {
  await reader.program.until(
    'message',
    ({ from, text }) => from === author.peer && text === numbered.at(-1),
    DELIVERED_MS,
  )
}

/** Until the author has the outcome of the last message, on record. */
async function outcomes(author: Staff, reader: Staff): Promise<void> {
  for (const end = Date.now() + DELIVERED_MS; ; await pause(50)) {
    const left = await author.undelivered(reader)
    if (left === 0) return
    if (Date.now() > end) throw new Error(`${left} messages wait for ${reader.name}`)
  }
}

async function goHome([author, reader]: readonly [Staff, Staff]): Promise<void> {
  await Promise.all([author.close(), reader.close()])
  await using open = new AsyncDisposableStack()
  const stores = await openWhole([author, reader], open)
  expect((await receivedTexts(stores[1] as never)).get(author.peer)).toEqual(numbered)
  expect(await joinLogs(stores)).toMatchObject({
    both: MESSAGES,
    unconfirmed: [],
    provedMissingAtReceiver: [],
    provedMissingAtSender: [],
  })
}
