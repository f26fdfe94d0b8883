// A reference desk that answers by itself: hours, what is in, and requests to pull an item. All it says is on record.
// Make it a member first, with a desk: branchline join, library add CODE --desk Reference, branchline join FILE. Then:
//   node examples/src/reference-bot.ts --profile FOLDER --catalogue examples/catalogue.json
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { auditLog, openLogKey } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import {
  createMessenger,
  type HostedMessenger,
  openIdentity,
  openRoster,
  peerIdOf,
  type ReceivedMessage,
} from '@branchline/core'

interface Item {
  readonly callNumber: string
  readonly title: string
  readonly shelf: string
  readonly isIn: boolean
}

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'desk' },
    catalogue: { type: 'string', default: 'catalogue.json' },
    desk: { type: 'string', default: 'Reference' },
    listen: { type: 'string', multiple: true },
    lan: { type: 'string' },
    peer: { type: 'string', multiple: true },
  },
})
const HOURS = 'We are open from 9 to 20, on Sundays from 13 to 17.'
const catalogue = JSON.parse(await readFile(values.catalogue, 'utf8')) as readonly Item[]

const identity = await openIdentity(join(values.profile, 'identity.key'))
const owner = peerIdOf(identity)
const signer = await openLogKey(join(values.profile, 'log.key'), `branchline/${owner}`)
await using audit = await auditLog({ store: await levelStore(join(values.profile, 'log')), owner, signer })
const roster = await openRoster(join(values.profile, 'library.roster'))
const { listen, lan, peer: peers } = values
await using messenger = await createMessenger({ audit, identity, roster, listen, lan, peers })

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort())
const { signal } = ending
// Listening begins here, and not when the loop does: what comes meanwhile is kept.
const events = messenger.events(['message'], { signal })
console.log(`${messenger.name} sits at @${values.desk}: ${messenger.addresses().join(' ')}`)
await sit('on')
try {
  for await (const { detail } of events) await answer(messenger, detail.value)
} catch (error) {
  if (!signal.aborted) throw error
}
await sit('off')
console.log('Good night.')

/** Tells those who may sit there, too; on record. Where there is nobody else, there is nobody to tell. */
async function sit(step: 'on' | 'off'): Promise<void> {
  const isColleague = ({ peer, desks }: { peer: string; desks: readonly string[] }): boolean =>
    peer !== owner && desks.includes(values.desk)
  if (!roster.current.members.some(isColleague)) return
  await messenger.post(`@${values.desk}`, { about: { type: 'desk', step } })
}

/** `post` keeps an answer until whoever asked is there to get it; it is on record when the promise resolves. */
async function answer(desk: HostedMessenger, message: ReceivedMessage): Promise<void> {
  const { id, from, conversation, about, text } = message
  // At the desk its answer goes to whoever asked, too; between two people there is nobody else.
  const isAtDesk = conversation === `@${values.desk}`
  if (!isAtDesk && conversation !== undefined) return
  const where = isAtDesk ? conversation : from
  const options = { as: values.desk, ...(isAtDesk && { also: [from] }), signal }
  if (about.type === 'pull') {
    const item = find(about.item)
    const step = { type: 'pull-step', of: id } as const
    if (item?.isIn !== true) {
      const words = item === undefined ? 'It is not in our catalogue.' : 'It is out.'
      await desk.post(where, { text: words, about: { ...step, step: 'not-found', after: [] } }, options)
      return
    }
    const claim = await desk.post(where, { about: { ...step, step: 'claim', after: [] } }, options)
    const words = `From ${item.shelf}; it goes to ${about.branch}.`
    await desk.post(where, { text: words, about: { ...step, step: 'pulled', after: [claim.id] } }, options)
  } else if (about.type === 'text' || about.type === 'urgent') {
    await desk.post(where, { text: reply(text), about: { type: 'reply', to: id } }, options)
  }
  await desk.mark([message], 'read', { signal })
}

function reply(question: string): string {
  if (/\b(hours|open)\b/i.test(question)) return HOURS
  const asked = /^is (.+) in\??$/i.exec(question.trim())?.[1]
  if (asked === undefined)
    return 'I know "hours", "is QA76.73 in?", and requests to pull an item. Ask a person for more.'
  const item = find(asked)
  if (item === undefined) return `There is no ${asked} in our catalogue.`
  return `${item.title} (${item.callNumber}) is ${item.isIn ? `in: ${item.shelf}` : 'out'}.`
}

/** By call number, or the beginning of one, or by title. */
function find(asked: string): Item | undefined {
  const wanted = asked.trim().toLowerCase()
  const starts = ({ callNumber }: Item): boolean => callNumber.toLowerCase().startsWith(wanted)
  return catalogue.find(starts) ?? catalogue.find(({ title }) => title.toLowerCase() === wanted)
}
