/*
 * Receives on a port of the loopback: `node receiver.ts <folder> <port>`. Says where it listens, and each message that
 * it shows, with the leaf hash of the record that it was given with it; at once, so that it is not lost when killed.
 * Ends when its input ends.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { openProfile } from '../profile.ts'
import { createMessenger, openRoster } from '../subject.ts'

const [folder = '', port = '0'] = process.argv.slice(2)
const say = (line: string): number => writeSync(1, `${line}\n`)

const { identity, owner, audit } = await openProfile(folder)
const roster = await openRoster(join(folder, 'library.roster'))
const messenger = await createMessenger({
  audit,
  identity,
  roster,
  listen: [`/ip4/127.0.0.1/tcp/${port}`],
  lan: false,
})
messenger.addEventListener('message', ({ detail }) => {
  say(`shown ${detail.value.id} ${detail.receipt?.leaf}`)
})
say(`ready ${owner} ${messenger.addresses()[0]}`)

process.stdin.resume().on('end', () => void messenger.close().then(async () => audit.close()))
