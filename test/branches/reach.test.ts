import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LAUNCHER, type ChatEvent } from '../support/branchline.ts'
import type { Program, Said } from '../support/program.ts'
import { testFolder } from '../support/test-folder.ts'
import { type Bed, layBranches } from './bed.ts'
import { canLayBranches } from './can-lay-branches.ts'
import { hireAll, Relay, rosterIn, type Staff } from './staff.ts'

/** What a command says in its last line. */
type Answer = Said & Readonly<{ peer: string; link: string; name: string; to: readonly string[]; delivered: object[] }>

const WAIT_MS = 60_000

test.skipIf(!(await canLayBranches()))(
  'the command line reaches whoever the roster names, in another branch, without a flag',
  async () => {
    const folder = await testFolder()
    const branches = { north: ['ann'], south: ['cy', 'dan'] }
    await using bed = await layBranches({ branches, relays: { post: ['north', 'south'] }, folder })
    const [ann, cy, dan] = await hireAll(['ann', 'cy', 'dan'], folder)
    const relay = await Relay.build('post', folder)
    // The second is a way for each branch, and the first for none.
    const nowhere = `/ip4/10.9.9.9/tcp/4001/p2p/${relay.peer}`
    rosterIn(folder).relays.push(nowhere, relay.addressIn(bed, 'north'), relay.addressIn(bed, 'south'))
    await relay.start(bed)
    for (const { folder: profile } of [ann, cy]) {
      await cp(await rosterIn(folder).file(), join(profile, 'library.roster'))
    }
    const chat: Program<ChatEvent> = run(bed, cy, 'chat', '--json')
    await chat.until('ready')

    const looking = run<Answer>(bed, ann, 'peers', '--json', '--wait', '15')
    expect(await ended(looking)).toMatchObject({ peer: cy.peer, name: 'cy', link: 'reachable' })

    const sent = await ended(run<Answer>(bed, ann, 'send', '--json', '--wait', '30', 'cy', 'Have you 641.5?'))
    expect(sent).toMatchObject({ to: [cy.peer], delivered: [{ to: cy.peer, receivedSeq: expect.any(Number) }] })
    expect(await chat.until('message')).toMatchObject({ from: ann.peer, text: 'Have you 641.5?' })

    const inVain = run<Answer>(bed, ann, 'send', '--now', '--json', '--wait', '1', 'dan', 'Are you there?')
    await expect(inVain.end()).rejects.toThrow()
    expect(await readFile(join(folder, 'ann-2.err'), 'utf8')).toMatch(/^branchline: PEER_UNREACHABLE: /)
    expect(dan.peer).not.toBe(cy.peer)
    chat.endInput()
    await chat.end()
    await relay.close()
  },
)

function run<S extends Said>(bed: Bed, { name, folder }: Staff, command: string, ...args: string[]): Program<S> {
  return bed.host(name).run<S>(LAUNCHER, command, '--profile', folder, ...args)
}

async function ended(program: Program<Answer>): Promise<Answer | undefined> {
  const late = setTimeout(() => program.killNow(), WAIT_MS)
  await program.end().finally(() => clearTimeout(late))
  return program.said.at(-1)
}
