/*
 * Sends to the peer at an address: `node sender.ts <folder> <address> cold|warm|paced`.
 *   cold    as fast as it can, for ever, beginning with the dial
 *   warm    the same after some have been delivered
 *   paced   after a first message, 30 of 16,000 bytes, one after the other, each announced before it is sent
 * What it says is written at once, so that it is not lost when it is killed.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { leafOf } from '../by-hand.ts'
import { canaryText } from '../evidence.ts'
import { openProfile, peerOf } from '../profile.ts'
import { createMessenger, openRoster } from '../subject.ts'

const UNDER_WAY = 16
const WARMING_UP = 100
const LONGEST = 4_000
const PACED = 30
const PACED_BYTES = 16_000

const [folder = '', address = '', mode = 'warm'] = process.argv.slice(2)
const peer = peerOf(address)
const say = (line: string): number => writeSync(1, `${line}\n`)

const { identity, owner, audit } = await openProfile(folder)
const roster = await openRoster(join(folder, 'library.roster'))
const messenger = await createMessenger({ audit, identity, roster, listen: [], peers: [address], lan: false })
say(`owner ${owner}`)

async function send(text: string): Promise<void> {
  const { id, receipt } = await messenger.send(peer, text)
  say(`held ${id} ${leafOf(receipt)}`)
}

async function sendForEver(): Promise<never> {
  for (;;) {
    await send(canaryText(Math.random() < 0.5 ? 0 : Math.floor(Math.random() * LONGEST))).catch((error: Error) =>
      say(`failed ${error.message}`),
    )
  }
}

if (mode === 'warm') await Promise.all(Array.from({ length: WARMING_UP }, () => send(canaryText())))
if (mode === 'paced') {
  await send('good morning')
  const empty = canaryText().length
  for (let n = 0; n < PACED; n++) {
    say(`begin ${n}`)
    await send(canaryText(PACED_BYTES - empty))
  }
  await messenger.close()
  await audit.close()
} else {
  say('sending')
  await Promise.all(Array.from({ length: UNDER_WAY }, sendForEver))
}
