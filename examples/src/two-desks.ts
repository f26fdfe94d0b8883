// Two desks in one program: one asks the other for a book, and then both logs are verified and joined.
// Run it with: node examples/src/two-desks.ts
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLog, joinLogs, makeDirectorKey, openLogKey, verifyLog } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { createMessenger, holdRoster, openIdentity, peerIdOf } from '@branchline/core'
import { firstRoster, rosterLogKey, signRoster } from '@branchline/core/roster'

const folder = await mkdtemp(join(tmpdir(), 'two-desks-'))

/** What a desk has before it may take part: who it is, and the key of its log. */
async function newDesk(name: string) {
  const identity = await openIdentity(join(folder, name, 'identity.key'))
  const peer = peerIdOf(identity)
  return { name, identity, peer, signer: await openLogKey(join(folder, name, 'log.key'), `branchline/${peer}`) }
}

/** The director puts both on the roster of the library; at a real desk, `branchline library` and `branchline join`. */
async function signedRoster(...desks: readonly Awaited<ReturnType<typeof newDesk>>[]) {
  const director = await makeDirectorKey(join(folder, 'director.key'), 'dee')
  const members = desks.map(({ name, peer, signer }) => {
    return { name, peer, log: rosterLogKey(signer.vkey), branch: 'Main', desks: [], rooms: [], roles: [] }
  })
  return signRoster({ ...firstRoster('Milltown Public Library', director.vkey), members }, director)
}

async function openDesk(
  { name, identity, peer, signer }: Awaited<ReturnType<typeof newDesk>>,
  peers: readonly string[],
) {
  const audit = await auditLog({ store: await levelStore(join(folder, name, 'log')), owner: peer, signer })
  const listen = ['/ip4/127.0.0.1/tcp/0']
  const roster = holdRoster(signed)
  return { audit, messenger: await createMessenger({ audit, identity, roster, listen, peers, lan: false }) }
}

const desks = [await newDesk('Reference'), await newDesk('Workroom')] as const
const { signed } = await signedRoster(...desks)
const reference = await openDesk(desks[0], [])
const workroom = await openDesk(desks[1], reference.messenger.addresses())

reference.messenger.addEventListener('message', ({ detail: { value } }) => {
  console.log(`${value.name} asks: ${value.text}`)
})
const delivery = await workroom.messenger.send(reference.messenger.peerId, 'Is 641.5945 ROM on your shelf?')
console.log(`on record at both ends: #${delivery.sentSeq} at the workroom, #${delivery.receivedSeq} at the desk`)

await workroom.messenger.close()
await reference.messenger.close()
for (const { audit } of [reference, workroom]) console.log((await verifyLog(audit)).verdict)
const joined = await joinLogs([reference.audit, workroom.audit])
console.log(`${joined.both} of 1 messages at both ends`)

await reference.audit.close()
await workroom.audit.close()
await rm(folder, { recursive: true })
