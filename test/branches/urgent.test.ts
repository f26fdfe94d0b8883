import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { testFolder } from '../support/test-folder.ts'
import { layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { Crowd } from './crowd-of.ts'
import type { CrowdAlert } from './say.ts'
import { Relay, rosterIn } from './staff.ts'
import { FULL } from '../support/trial.ts'

/** For whom it is, in branches of at most so many, which meet on two relays; and so many are off when it is posted. */
const PEERS = FULL ? 100 : 24
const EACH = FULL ? 10 : 6
const OFF = 7
/** All of one machine's cores together start a library system in the morning. */
const FOUND_MS = FULL ? 120_000 : 30_000
/** All of them and the relays share the cores of one machine: that is what takes so long. */
const SHOWN_MS = FULL ? 60_000 : 10_000
/** What a start leaves to do is done then. */
const SETTLED_MS = FULL ? 30_000 : 2_000
const KNOWN_MS = 120_000
const ALERTED_AGAIN_MS = FULL ? 60_000 : 3_000
const TEXT = 'There is smoke in the stacks. Leave the building by the north door.'

test.skipIf(!(await canLayBranches()))(
  `an urgent message to ${PEERS} is shown to all who are there, alerted until it is acknowledged, and the roll-call names the ${OFF} who are off`,
  { timeout: FOUND_MS + 400_000 },
  async () => {
    const folder = await testFolder()
    const sizes = sizesOf(PEERS - OFF)
    const [branches, hosts] = [sizes.map((_, n) => `b${n}`), sizes.map((_, n) => `host${n}`)]
    const [first, last] = [branches[0] as string, branches.at(-1) as string]
    const plan = Object.fromEntries(branches.map((branch, n) => [branch, [`host${n}`]]))
    plan[first]?.push('manager')
    plan[last]?.push('off')
    await using bed = await layBranches({ branches: plan, relays: { post: branches, spare: branches }, folder })
    const relays = [await Relay.build('post', folder), await Relay.build('spare', folder)]
    await Crowd.enlist(folder, 'manager', 1, ['may-urgent'])
    for (const [n, host] of hosts.entries()) await Crowd.enlist(folder, host, sizes[n] as number)
    await Crowd.enlist(folder, 'off', OFF)
    const names = new Map(rosterIn(folder).people.map(({ name, peer }) => [peer, name]))
    const gather = async (host: string, branch: string, count: number): Promise<Crowd> => {
      const addresses = relays.map((relay) => relay.addressIn(bed, branch))
      return Crowd.gather(bed, host, { count, folder, relays: addresses, alertedAgainMs: ALERTED_AGAIN_MS })
    }
    const manager = await gather('manager', first, 1)
    const present = await Promise.all(hosts.map((host, n) => gather(host, branches[n] as string, sizes[n] as number)))
    await Promise.all(relays.map((relay) => relay.start(bed)))
    const startedAt = Date.now()
    await Promise.all([manager, ...present].map((crowd) => crowd.start()))
    await Promise.all([manager, ...present].map((crowd) => crowd.linkedTo(PEERS - OFF, FOUND_MS)))
    console.log(
      `${PEERS - OFF + 1} in ${branches.length} branches had found each other after ${Date.now() - startedAt} ms`,
    )

    expect(await (present[0] as Crowd).alarm(0, 'Cake!')).toMatchObject({ code: 'ROLE_MISSING' })
    const idleCpu = await cpuOf([manager, ...present])
    await pause(SETTLED_MS)
    const cpuBefore = await cpuOf([manager, ...present])
    const posting = await manager.alarm(0, TEXT)
    if (!('id' in posting)) throw new Error(`it was refused: ${posting.code}`)
    const { id, at } = posting
    const rollCall = async (): Promise<Record<string, string[]>> => {
      const states = Object.entries(await manager.rollCall(0, id))
      return Object.fromEntries(
        states.map(([state, peers]) => [state, peers.map((peer) => names.get(peer) as string).toSorted()]),
      )
    }

    const shown = await untilAlerted(present, 1)
    const delays = shown.map((alerts) => (alerts[0] as CrowdAlert).at - at).toSorted((a, b) => a - b)
    const atRank = (share: number): number => delays[Math.ceil(share * delays.length) - 1] as number
    console.log(
      `from post to shown at ${delays.length}: p50 ${atRank(0.5)} ms, p95 ${atRank(0.95)} ms, max ${atRank(1)} ms; ` +
        `all their machines took ${(await cpuOf([manager, ...present])) - cpuBefore} ms of CPU, and ${cpuBefore - idleCpu} in ${SETTLED_MS} ms before`,
    )
    expect(shown.map(([alert]) => [alert?.id, alert?.text, alert?.times])).toEqual(shown.map(() => [id, TEXT, 1]))
    expect(atRank(0.95)).toBeLessThan(SHOWN_MS)

    const [acknowledging, reading, silent] = [present.slice(0, -2), present.slice(-2, -1), present.slice(-1)]
    await Promise.all(acknowledging.map((crowd) => crowd.mark('acknowledged')))
    const acknowledgedAt = Date.now()
    await Promise.all(reading.map((crowd) => crowd.mark('read')))
    const namesOf = (crowds: readonly Crowd[]): string[] =>
      [...names.values()].filter((name) => crowds.some(({ host }) => name.startsWith(`${host} `))).toSorted()
    const off = Array.from({ length: OFF }, (_, n) => `off ${n}`)
    await expect.poll(rollCall, { timeout: KNOWN_MS, interval: 500 }).toEqual({
      acknowledged: namesOf(acknowledging),
      read: namesOf(reading),
      'recorded by peer': namesOf(silent),
      recorded: off,
    })

    const again = await untilAlerted([...reading, ...silent], 2)
    expect(again.map((alerts) => alerts.map(({ times }) => times).slice(0, 2))).toEqual(again.map(() => [1, 2]))
    const quiet = (await Promise.all(acknowledging.map((crowd) => crowd.alerts()))).flat(2)
    expect(quiet.filter((alert) => alert.at > acknowledgedAt)).toEqual([])

    const late = await gather('off', last, OFF)
    const cameAt = Date.now()
    await late.start()
    const told = await untilAlerted([late], 1)
    console.log(
      `those who were off were alerted ${Math.max(...told.map(([first]) => (first as CrowdAlert).at)) - cameAt} ms after they came`,
    )
    await Promise.all([...reading, ...silent, late].map((crowd) => crowd.mark('acknowledged')))
    await expect
      .poll(rollCall, { timeout: KNOWN_MS, interval: 500 })
      .toEqual({ acknowledged: namesOf([...present, late]) })
    const alerts = async () => (await Promise.all([...present, late].map((crowd) => crowd.alerts()))).flat(2).length
    const heard = await alerts()
    await pause(1.2 * ALERTED_AGAIN_MS)
    expect(await alerts(), 'nobody is alerted any more').toBe(heard)

    const everyone = [manager, ...present, late]
    const logs = (await Promise.all(everyone.map((crowd) => crowd.logs()))).flat()
    expect(logs.filter(({ verdict }) => verdict !== 'INTACT')).toEqual([])
    expect(logs.map(({ received }) => received).filter((texts) => texts.length !== 1 || texts[0] !== TEXT)).toEqual([
      [],
    ])
    await Promise.all(everyone.map((crowd) => crowd.close()))
    await Promise.all(relays.map((relay) => relay.close()))
  },
)

function sizesOf(count: number): number[] {
  return Array.from({ length: Math.ceil(count / EACH) }, (_, n) => Math.min(EACH, count - n * EACH))
}

async function cpuOf(crowds: readonly Crowd[]): Promise<number> {
  const states = await Promise.all(crowds.map((crowd) => crowd.state()))
  return states.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
}

/** Until each was alerted so often. @returns what each was alerted of */
async function untilAlerted(crowds: readonly Crowd[], times: number): Promise<CrowdAlert[][]> {
  for (const end = Date.now() + KNOWN_MS; ; await pause(100)) {
    const all = (await Promise.all(crowds.map((crowd) => crowd.alerts()))).flat()
    if (all.every((alerts) => alerts.length >= times)) return all
    if (Date.now() > end) throw new Error(`alerted ${all.map((alerts) => alerts.length).join(', ')} times`)
  }
}
