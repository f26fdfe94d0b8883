import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { makeLibrary } from './library.ts'
import { Member, type MemberEvent } from './member.ts'
import type { Progress } from './progress.ts'

/** Two branches on one machine: the name of the mDNS service keeps them apart, as two networks would. */
export interface Branches {
  readonly relay: Member
  /** Northside. */
  readonly ann: Member
  readonly bea: Member
  /** Southside. */
  readonly cy: Member
}

const PEOPLE = [
  { name: 'Ann', branch: 'Northside' },
  { name: 'Bea', branch: 'Northside' },
  { name: 'Cy', branch: 'Southside' },
] as const
const START_MS = 15_000
const FIND_MS = 10_000
const CROSS_MS = 20_000

type Profile = (name: string) => string

/** Everyone who was started is put into `members`, so that the caller can end them whatever happens here. */
export async function openBranches(folder: string, progress: Progress, members: Member[]): Promise<Branches> {
  const run = randomBytes(4).toString('hex')
  const profile: Profile = (name) => join(folder, name)
  const start = (name: string, args: readonly string[]): Member => {
    const member = new Member(name, args)
    members.push(member)
    return member
  }
  const chat = (name: string, branch: string, args: readonly string[]): Member =>
    start(name, ['chat', '--json', '--profile', profile(name.toLowerCase()), '--lan', `${branch}-${run}`, ...args])

  const ids = await progress.step(
    'making the roster of a library, which its director signs',
    () => makeLibrary(folder, PEOPLE),
    () => 'the director of Milltown has signed a roster: Ann, Bea and Cy are on it, and nobody else takes part',
  )
  const relayed = await progress.step(
    'starting the relay between the branches',
    async () => {
      const relay = start('Relay', [
        'relay',
        '--json',
        '--profile',
        profile('relay'),
        '--listen',
        '/ip4/127.0.0.1/tcp/0',
      ])
      const ready = await relay.event('ready', () => true, START_MS)
      return { relay, address: (ready['addresses'] as string[])[0] as string }
    },
    () => 'a relay stands between Northside and Southside',
  )
  const { relay, address } = relayed
  const [annId, cyId] = ['Ann', 'Cy'].map((name) => ids.get(name))
  const across = (peer: string | undefined): string[] => ['--relay', address, '--peer', String(peer)]

  const people = await progress.step(
    'starting three members of staff, each a process of its own',
    async () => {
      const [ann, bea, cy] = [
        chat('Ann', 'north', across(cyId)),
        chat('Bea', 'north', []),
        chat('Cy', 'south', across(annId)),
      ]
      for (const member of [ann, bea, cy]) await member.event('ready', () => true, START_MS)
      return { ann, bea, cy }
    },
    () => 'Ann and Bea are at Northside, Cy is at Southside; three processes, three profiles, three logs',
  )
  const { bea, cy } = people
  const ann = await meetNeighbours(people.ann, bea, progress, (beaAddress) =>
    chat('Ann', 'north', [...across(cyId), '--peer', beaAddress]),
  )
  await progress.step(
    'looking for a way from Northside to Southside',
    () => ann.event('here', ({ name }) => name === 'Cy', CROSS_MS),
    ({ link }) => `Ann and Cy reach each other through the relay (${String(link)})`,
  )
  return { relay, ann, bea, cy }
}

/** By mDNS; where multicast is not to be had that is said, and Ann begins again with Bea's address. */
async function meetNeighbours(
  ann: Member,
  bea: Member,
  progress: Progress,
  again: (beaAddress: string) => Member,
): Promise<Member> {
  const isBea = ({ name }: MemberEvent): boolean => name === 'Bea'
  const found = await progress.step(
    'looking for colleagues on this network (mDNS)',
    () => ann.look('here', isBea, FIND_MS),
    (event) =>
      event === undefined
        ? 'no multicast on this machine: nobody is found by mDNS, so the demo goes on by address'
        : 'Ann and Bea found each other by mDNS, without a server',
  )
  if (found !== undefined) return ann
  const ready = await bea.event('ready', () => true, START_MS)
  await ann.end()
  return progress.step(
    'connecting by address instead',
    async () => {
      const restarted = again((ready['addresses'] as string[])[0] as string)
      await restarted.event('here', isBea, FIND_MS)
      return restarted
    },
    () => 'Ann and Bea reach each other by address',
  )
}
