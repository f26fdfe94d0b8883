// README begins
import { auditLog, openLogKey } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { createMessenger, openIdentity, openRoster, peerIdOf } from '@branchline/core'
const identity = await openIdentity('desk/identity.key')
const owner = peerIdOf(identity)
const signer = await openLogKey('desk/log.key', `branchline/${owner}`)
const audit = await auditLog({ store: await levelStore('desk/log'), owner, signer })
const desk = await createMessenger({ audit, identity, roster: await openRoster('desk/library.roster') })
desk.addEventListener('message', ({ detail }) => console.log(detail.value.name, detail.value.text))
desk.addEventListener('colleague:here', ({ detail }) => {
  desk.send(detail.peer, 'Good morning from the reference desk').catch(console.error)
})
// README ends
