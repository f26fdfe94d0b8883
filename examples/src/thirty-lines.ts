// Says good morning to a colleague, and what became of it. Run it with a profile that `branchline join` made:
// node examples/src/thirty-lines.ts FOLDER WHOM
const [folder = 'desk', whom = ''] = process.argv.slice(2)
// embedding begins
import { join } from 'node:path'
import { auditLog, openLogKey } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { createMessenger, MessengerError, openIdentity, openRoster, peerIdOf } from '@branchline/core'

const identity = await openIdentity(join(folder, 'identity.key'))
const owner = peerIdOf(identity)
const signer = await openLogKey(join(folder, 'log.key'), `branchline/${owner}`)
const roster = await openRoster(join(folder, 'library.roster'))
// Disposed of in the other order: the messenger first, then its log.
await using audit = await auditLog({ store: await levelStore(join(folder, 'log')), owner, signer })
await using desk = await createMessenger({ audit, identity, roster, files: { folder: join(folder, 'files') } })

const signal = AbortSignal.timeout(60_000)
const events = desk.events(['message', 'outcome'], { signal })
const to = roster.current.members.find(({ name }) => name === whom)?.peer ?? whom
try {
  const posted = await desk.post(to, 'Good morning', { signal })
  console.log(`on record as #${posted.seq}`)
  for await (const { type, detail } of events) {
    if (type === 'message') console.log(detail.value.name, detail.value.text)
    else if (detail.id === posted.id) {
      console.log(detail.result)
      break
    }
  }
} catch (error) {
  if (!(error instanceof MessengerError)) throw error
  console.error(error.code, error.message)
}
// embedding ends
