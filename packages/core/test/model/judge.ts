import { verifyLogs } from '@branchline/audit-sink'
import { MAX_KEPT_MS } from '../../src/limits.ts'
import { type Ended, isUnknown, type Said } from './ledger.ts'
import { stepsIn } from './pulls.ts'
import type { World } from './world.ts'

/** Judges a world that has come to rest. */
export async function judge(world: World): Promise<void> {
  const { complaints } = world
  const lost = new Set<string>()
  for (const said of world.ledger.said.values()) {
    for (const peer of said.peers) {
      const why = flawIn(world, said, peer)
      if (why !== undefined) complaints.push(`record ${said.seq} of ${said.from} to ${peer} ${why}`)
      if (!world.ledger.page(peer).received.has(said.id)) lost.add(said.id)
    }
  }
  for (const { watch } of world.nodes) {
    const unseen = (watch?.unseen() ?? []).filter((id) => !lost.has(id) && isDelivered(world, id))
    for (const id of unseen) complaints.push(`${id} is on record and was never shown`)
  }
  judgePulls(world, lost)
  for (const node of world.nodes) void node.close()
  await world.activity.pass(60_000, () => world.nodes.every(({ state }) => state === 'down'))
  await judgeLogs(world, lost)
}

function isDelivered({ ledger }: World, id: string): boolean {
  const said = ledger.said.get(id) as Said
  const { ended } = ledger.page(said.from)
  return said.peers.every((peer) => ended.get(`${id} ${peer}`)?.every(({ result }) => result === 'delivered') === true)
}

/** @returns what is wrong with how it ended; undefined: nothing */
function flawIn({ ledger, everRevoked }: World, said: Said, peer: string): string | undefined {
  const { id, from, time } = said
  const [end, ...more] = ledger.page(from).ended.get(`${id} ${peer}`) ?? []
  const hasCome = ledger.page(peer).received.has(id)
  if (end === undefined && isUnknown(ledger, said)) return undefined
  if (end === undefined) return `has no outcome, and was${hasCome ? '' : ' not'} received`
  if (more.length > 0) return `has ${more.length + 1} outcomes`
  const { result, reason, at } = end
  if (result === 'delivered') return hasCome ? undefined : 'was delivered and never received'
  if (!said.isKept) return flawInSent(end, hasCome)
  if (result === 'expired') return at - time >= MAX_KEPT_MS ? undefined : 'expired too early'
  if (everRevoked.has(from) || everRevoked.has(peer))
    return result === 'withheld' && hasCome ? 'was withheld, and came' : undefined
  // Its author was told that it did not leave.
  if (result === 'withheld' && reason.startsWith('the sender gave up')) return hasCome ? 'came all the same' : undefined
  return `is ${result}: ${reason}`
}

function flawInSent({ result, reason }: Ended, hasCome: boolean): string | undefined {
  if (result === 'withheld') return hasCome ? 'was withheld, and came' : undefined
  if (result === 'refused')
    return hasCome && !reason.includes('AUDIT_UNAVAILABLE') ? 'was refused, and came' : undefined
  return result === 'unconfirmed' ? undefined : `is ${result}: ${reason}`
}

/** All who have the same steps of a request see the same; and all who were party to it have them, unless one was lost. */
function judgePulls(world: World, lost: ReadonlySet<string>): void {
  const { ledger, complaints, nodes, pullStateOf } = world
  for (const pull of ledger.said.values()) {
    if (pull.about.type !== 'pull') continue
    const parties = new Set([pull.from, ...pull.peers])
    const isWhole = ![pull, ...stepsIn(ledger.said.values(), pull)].some(({ id }) => lost.has(id))
    if (isWhole) world.requestsJudged++
    const views = new Map<string, Set<string>>()
    for (const { page } of nodes.filter(({ peer }) => parties.has(peer))) {
      const moves = stepsIn(page.held, pull).map(({ move }) => move)
      const had = isWhole
        ? 'all'
        : moves
            .map(({ id }) => id)
            .toSorted()
            .join(' ')
      const seen = JSON.stringify(pullStateOf({ author: pull.from }, moves))
      views.set(had, (views.get(had) ?? new Set()).add(seen))
    }
    const differing = [...views.values()].filter(({ size }) => size > 1)
    for (const seen of differing) complaints.push(`pull ${pull.id} is seen as ${[...seen].join(' and ')}`)
  }
}

async function judgeLogs({ nodes, complaints }: World, lost: ReadonlySet<string>): Promise<void> {
  const report = await verifyLogs(nodes.map(({ disk, peer }) => ({ source: disk.store, name: peer })))
  const { join } = report
  for (const { verdict, findings } of report.logs) {
    if (verdict !== 'INTACT') complaints.push(`a log is ${verdict}: ${JSON.stringify(findings)}`)
  }
  if (report.verdict !== 'INTACT') complaints.push(`together the logs are ${report.verdict}`)
  const unconfirmed = join.unconfirmed.filter(({ message }) => !lost.has(message))
  if (unconfirmed.length > 0) complaints.push(`unconfirmed: ${JSON.stringify(unconfirmed)}`)
}
