// Two desks in one program: one asks the other for a book, and then both logs are verified and joined.
// Run it with: node examples/src/two-desks.ts
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditLog, joinLogs, openLogKey, verifyLog } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { createMessenger, openIdentity, peerIdOf } from '@branchline/core'

const folder = await mkdtemp(join(tmpdir(), 'two-desks-'))

async function openDesk(name: string, peers: readonly string[]) {
  const identity = await openIdentity(join(folder, name, 'identity.key'))
  const owner = peerIdOf(identity)
  const signer = await openLogKey(join(folder, name, 'log.key'), `branchline/${owner}`)
  const audit = await auditLog({ store: await levelStore(join(folder, name, 'log')), owner, signer })
  const listen = ['/ip4/127.0.0.1/tcp/0']
  return { audit, messenger: await createMessenger({ audit, identity, name, listen, peers, lan: false }) }
}

const reference = await openDesk('Reference', [])
const workroom = await openDesk('Workroom', reference.messenger.addresses())

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
