import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openDirectorKey, parseRecord } from '@branchline/audit-sink'
import { openIdentity, peerIdOf } from '@branchline/core'
import {
  fingerprintOf,
  formatRequest,
  logKeyOf,
  parseRequest,
  parseRoster,
  readRoster,
  type Roster,
} from '@branchline/core/roster'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { joinLibrary } from '../src/commands/join-library.ts'
import { add } from '../src/commands/library-add.ts'
import { init } from '../src/commands/library-init.ts'
import { invite } from '../src/commands/library-invite.ts'
import { list, show } from '../src/commands/library-list.ts'
import { renew } from '../src/commands/library-renew.ts'
import { revoke } from '../src/commands/library-revoke.ts'
import { parseDate } from '../src/commands/library.ts'
import { openLog } from '../src/profile/open.ts'
import { profilePaths } from '../src/profile/paths.ts'
import { says } from './said.ts'

const LIBRARY = 'Milltown Public Library'
const PASSPHRASE = 'four words are good'

let place: string
let key: string
let roster: string

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'branchline-library-'))
  key = join(place, 'safe', 'director.key')
  roster = join(place, 'safe', 'library.roster')
  await says(init, { key, name: 'Dee', library: LIBRARY, json: false }, [])
})
afterEach(async () => rm(place, { recursive: true }))

const signing = () => ({ key, json: false })
const profile = (name: string) => ({ profile: join(place, name), json: false, yes: false })
const newest = (): Promise<Roster> => readRoster(roster)

/** The code that somebody's machine prints. */
async function codeOf(name: string): Promise<string> {
  const { said } = await says(joinLibrary, { ...profile(name), name }, [])
  return said.split('\n')[0] as string
}

async function added(name: string, more: object = {}): Promise<string> {
  const code = await codeOf(name)
  await says(add, { ...signing(), branch: 'Northside', ...more }, [code])
  return code
}

async function recordsIn(name: string) {
  const paths = profilePaths(join(place, name))
  await using log = await openLog(paths, peerIdOf(await openIdentity(paths.identity)))
  const records = []
  for await (const entries of log.read()) records.push(...entries.map(({ line }) => parseRecord(line)))
  return records
}

describe('library init', () => {
  test('begins a roster with nobody on it, signed by the key that it makes', async () => {
    const { vkey } = await openDirectorKey(key)
    expect(await newest()).toMatchObject({ library: LIBRARY, serial: 1, directors: [vkey], members: [] })
    expect((await newest()).lan).toBe('milltown-public-library')
    const { said } = await says(show, { roster, json: false }, [])
    expect(said).toContain(`Library      ${LIBRARY}`)
    expect(said).toContain(fingerprintOf(vkey))
  })

  test('begins none over another, and makes no key then', async () => {
    const other = join(place, 'safe', 'other.key')
    const again = says(init, { key: other, name: 'Eve', library: LIBRARY, json: false }, [])
    await expect(again).rejects.toMatchObject({ code: 'USAGE' })
    await expect(stat(other)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('has it in JSON', async () => {
    const flags = { key: join(place, 'b.key'), roster: join(place, 'b.roster'), name: 'Eve', library: 'B', json: true }
    const { said } = await says(init, flags, [])
    const { vkey } = await openDirectorKey(flags.key)
    expect(JSON.parse(said)).toMatchObject({ key: vkey, fingerprint: fingerprintOf(vkey), roster: flags.roster })
  })

  test('keeps the key under a passphrase, without which nothing is signed', async () => {
    key = join(place, 'locked.key')
    roster = join(place, 'library.roster')
    const env = { BRANCHLINE_PASSPHRASE: PASSPHRASE }
    await says(init, { key, name: 'Dee', library: LIBRARY, json: false, passphrase: true }, [], { env })
    expect(await readFile(key, 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY')
    const code = await codeOf('ann')
    const flags = { ...signing(), branch: 'Northside' }
    await expect(says(add, flags, [code])).rejects.toMatchObject({ code: 'USAGE' })
    const wrong = { env: { BRANCHLINE_PASSPHRASE: 'another passphrase' } }
    await expect(says(add, flags, [code], wrong)).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
    await expect(openDirectorKey(key)).rejects.toMatchObject({ code: 'KEY_UNREADABLE' })
    expect((await newest()).serial).toBe(1)
    await says(add, flags, [code], { env })
    expect((await newest()).serial).toBe(2)
  })

  test('takes no short passphrase', async () => {
    const flags = { key: join(place, 'short.key'), name: 'Dee', json: false, passphrase: true }
    const short = says(init, flags, [], { env: { BRANCHLINE_PASSPHRASE: 'too short' } })
    await expect(short).rejects.toMatchObject({ code: 'USAGE' })
    await expect(stat(flags.key)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('join, without a file', () => {
  test('prints a code with the peer ID, the log key and the name of the profile, the same one again', async () => {
    const code = await codeOf('ann')
    const peer = peerIdOf(await openIdentity(profilePaths(join(place, 'ann')).identity))
    expect(parseRequest(code)).toMatchObject({ peer, name: 'ann' })
    expect(await codeOf('ann')).toBe(code)
    await says(add, { ...signing(), branch: 'Northside' }, [code])
    const [genesis] = await recordsIn('ann')
    expect(genesis?.detail?.['key']).toBe(logKeyOf(parseRequest(code)))
  })

  test('has it in JSON', async () => {
    const { said } = await says(joinLibrary, { ...profile('ann'), name: 'Ann', json: true }, [])
    const { code, check } = JSON.parse(said) as { code: string; check: string }
    expect(code.endsWith(check)).toBe(true)
  })
})

describe('library add', () => {
  test('puts somebody on the roster, whose number rises, with all that is said of them', async () => {
    const code = await codeOf('ann')
    const until = parseDate('2099-12-31')
    const more = {
      name: 'Ann',
      branch: 'Northside',
      title: 'Page',
      desk: ['Desk'],
      room: ['All'],
      role: ['may-urgent'],
    }
    const { said } = await says(add, { ...signing(), ...more, until }, [code])
    expect(said).toContain(code.slice(-8))
    const { serial, members } = await newest()
    expect(serial).toBe(2)
    const { peer, log } = parseRequest(code)
    const { name, branch, title } = more
    const rest = { desks: ['Desk'], rooms: ['All'], roles: ['may-urgent'], until }
    expect(members).toEqual([{ peer, log, name, branch, title, ...rest }])
  })

  test('changes what is given of somebody who is on it, and keeps the rest', async () => {
    await added('ann', { title: 'Page' })
    await says(add, { ...signing(), branch: 'Southside' }, ['ann'])
    expect((await newest()).members).toMatchObject([{ name: 'ann', branch: 'Southside', title: 'Page' }])
  })

  test('is refused without a branch, with a code that was not copied whole, and for nobody', async () => {
    const code = await codeOf('ann')
    await expect(says(add, signing(), [code])).rejects.toMatchObject({ code: 'USAGE' })
    const cut = says(add, { ...signing(), branch: 'North' }, [code.slice(0, -1)])
    await expect(cut).rejects.toMatchObject({ code: 'REQUEST_MALFORMED' })
    const nobody = says(add, { ...signing(), branch: 'North' }, ['zoe'])
    await expect(nobody).rejects.toMatchObject({ code: 'PEER_UNKNOWN' })
    expect((await newest()).serial).toBe(1)
  })

  test('is refused for whoever has another key than the director', async () => {
    const other = join(place, 'eve.key')
    await says(init, { key: other, name: 'Eve', json: false }, [])
    const byEve = says(add, { ...signing(), key: other, roster, branch: 'North' }, [await codeOf('ann')])
    await expect(byEve).rejects.toMatchObject({ code: 'ROSTER_MALFORMED' })
    expect((await newest()).serial).toBe(1)
  })

  test('two machines with one log key are refused', async () => {
    const { log } = parseRequest(await added('ann'))
    const copy = formatRequest({ peer: '12D3KooWCopy', log, name: 'Copy' })
    const again = says(add, { ...signing(), branch: 'North' }, [copy])
    await expect(again).rejects.toMatchObject({ code: 'ROSTER_MALFORMED' })
  })
})

describe('join FILE', () => {
  test('takes the roster, on record first, when the fingerprint was compared', async () => {
    await added('ann')
    const { said } = await says(joinLibrary, { ...profile('ann'), yes: true }, [roster])
    expect(said).toContain(LIBRARY)
    expect(said).toContain(fingerprintOf((await openDirectorKey(key)).vkey))
    expect(said).toContain('You are on it: ann, Northside.')
    const kept = await readFile(join(place, 'ann', 'library.roster'))
    expect(kept.equals(await readFile(roster))).toBe(true)
    const records = await recordsIn('ann')
    expect(records.at(-1)).toMatchObject({ kind: 'roster', detail: { library: LIBRARY, serial: 2 } })
    expect(records.at(-1)?.payloads?.[0]?.slice(0, 2)).toEqual(['roster', kept.length])
  })

  test('asks in a terminal, and changes nothing for another answer than yes', async () => {
    await added('ann')
    const answering = (line: string) => ({ stdin: Object.assign(Readable.from([line]), { isTTY: true }) })
    await expect(says(joinLibrary, profile('ann'), [roster])).rejects.toMatchObject({ code: 'USAGE' })
    await expect(says(joinLibrary, profile('ann'), [roster], answering('no\n'))).rejects.toMatchObject({
      code: 'USAGE',
    })
    await expect(stat(join(place, 'ann', 'library.roster'))).rejects.toMatchObject({ code: 'ENOENT' })
    await says(joinLibrary, profile('ann'), [roster], answering('yes\n'))
    expect((await readRoster(join(place, 'ann', 'library.roster'))).serial).toBe(2)
  })

  test('takes the next number without a question, and the same one without a record', async () => {
    await added('ann')
    await says(joinLibrary, { ...profile('ann'), yes: true }, [roster])
    await added('bea')
    await says(joinLibrary, profile('ann'), [roster])
    const again = await says(joinLibrary, { ...profile('ann'), json: true }, [roster])
    expect(JSON.parse(again.said)).toMatchObject({ library: LIBRARY, serial: 3, taken: false, member: { name: 'ann' } })
    const taken = (await recordsIn('ann')).filter(({ kind }) => kind === 'roster')
    expect(taken.map(({ detail }) => detail?.['serial'])).toEqual([2, 3])
  })

  test('refuses what is older, edited, of another director, of another library or over, and keeps what it has', async () => {
    await added('ann')
    const old = await readFile(roster)
    await added('bea')
    await says(joinLibrary, { ...profile('ann'), yes: true }, [roster])
    const held = await readFile(join(place, 'ann', 'library.roster'))
    const refused = async (bytes: Uint8Array, code: string): Promise<void> => {
      const file = join(place, 'offered')
      await writeFile(file, bytes)
      await expect(says(joinLibrary, { ...profile('ann'), yes: true }, [file])).rejects.toMatchObject({ code })
      expect((await readFile(join(place, 'ann', 'library.roster'))).equals(held)).toBe(true)
    }
    await refused(old, 'ROSTER_STALE')
    await added('cy')
    await refused(Buffer.from((await readFile(roster, 'utf8')).replace('"cy"', '"cx"')), 'ROSTER_UNSIGNED')
    for (const [library, code] of [
      [LIBRARY, 'ROSTER_UNSIGNED'],
      ['Another Library', 'ROSTER_FOREIGN'],
    ] as const) {
      const eve = { key: join(place, code, 'eve.key'), name: 'Eve', library, json: false }
      await says(init, eve, [])
      const file = join(place, code, 'library.roster')
      for (let serial = 1; serial < 5; serial++) await says(renew, { ...signing(), key: eve.key }, [])
      await refused(await readFile(file), code)
    }
    await refused(Buffer.from('nonsense'), 'ROSTER_MALFORMED')
    expect((await recordsIn('ann')).filter(({ kind }) => kind === 'roster')).toHaveLength(1)
  })

  test('into a profile of nobody who is on it, such as that of a relay: no log is begun there', async () => {
    const { said } = await says(joinLibrary, { ...profile('relay'), yes: true }, [roster])
    expect(said).toContain('You are not on it')
    expect((await readRoster(join(place, 'relay', 'library.roster'))).serial).toBe(1)
    await expect(stat(join(place, 'relay', 'log'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('a first roster that nobody signed is refused, whatever is said of its fingerprint', async () => {
    await mkdir(join(place, 'ann'))
    const edited = (await readFile(roster, 'utf8')).replace('milltown-public', 'milltown-edited')
    await writeFile(join(place, 'offered'), edited)
    const joining = says(joinLibrary, { ...profile('ann'), yes: true }, [join(place, 'offered')])
    await expect(joining).rejects.toMatchObject({ code: 'ROSTER_UNSIGNED' })
    await expect(stat(join(place, 'ann', 'library.roster'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('library revoke, renew, list, show and invite', () => {
  test('revoke takes somebody off, says why, and add brings them back', async () => {
    const code = await added('ann')
    await says(revoke, { ...signing(), reason: 'the laptop was stolen' }, ['ann'])
    const { peer } = parseRequest(code)
    expect(await newest()).toMatchObject({
      serial: 3,
      members: [],
      revoked: [{ peer, reason: 'the laptop was stolen' }],
    })
    const { said } = await says(show, { roster, json: false }, [])
    expect(said).toContain('the laptop was stolen')
    await added('ann')
    expect(await newest()).toMatchObject({ serial: 4, members: [{ peer }], revoked: [] })
  })

  test('list names everybody, and who is not there now', async () => {
    await added('ann')
    await added('bea', { until: parseDate('2020-01-01') })
    const { said } = await says(list, { roster, json: false }, [])
    expect(said).toMatch(/^ann +Northside +12D3KooW\w+\nbea +Northside +12D3KooW\w+ {2}\(not now\)\n$/)
    const lines = (await says(list, { roster, json: true }, [])).said.trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { standing: string }).standing)).toEqual([
      'member',
      'MEMBER_EXPIRED',
    ])
    const ann = await says(show, { roster, json: true }, ['ann'])
    expect(JSON.parse(ann.said)).toMatchObject({ name: 'ann', branch: 'Northside', standing: 'member' })
  })

  test('renew changes relays, and replaces a director whom everybody follows', async () => {
    await added('ann')
    await says(joinLibrary, { ...profile('ann'), yes: true }, [roster])
    const relay = `/ip4/10.1.0.9/tcp/4100/p2p/${parseRequest(await codeOf('relay')).peer}`
    await says(renew, { ...signing(), relay: [relay] }, [])
    expect((await newest()).relays).toEqual([relay])
    await expect(says(renew, { ...signing(), relay: ['/ip4/10.1.0.9'] }, [])).rejects.toMatchObject({
      code: 'PEER_INVALID',
    })

    const eveKey = join(place, 'eve.key')
    await says(init, { key: eveKey, name: 'Eve', json: false }, [])
    const { vkey } = await openDirectorKey(eveKey)
    const alone = says(renew, { ...signing(), director: [vkey] }, [])
    await expect(alone, 'whoever gives way cannot sign alone').rejects.toMatchObject({ code: 'ROSTER_MALFORMED' })
    await says(renew, { ...signing(), director: [vkey], newKey: eveKey }, [])
    await says(add, { ...signing(), key: eveKey, roster, branch: 'South' }, [await codeOf('bea')])
    await says(joinLibrary, profile('ann'), [roster])
    const held = await readRoster(join(place, 'ann', 'library.roster'))
    expect(held).toMatchObject({ directors: [vkey], relays: [relay], members: [{ name: 'ann' }, { name: 'bea' }] })
    await expect(says(renew, signing(), [])).rejects.toMatchObject({ code: 'ROSTER_MALFORMED' })
  })

  test('invite writes the roster as it was signed, into a new file', async () => {
    await added('ann')
    const file = join(place, 'invitation')
    await says(invite, { roster, json: false }, [file])
    expect(parseRoster(await readFile(file))).toMatchObject({ serial: 2 })
    await expect(says(invite, { roster, json: false }, [file])).rejects.toMatchObject({ code: 'USAGE' })
  })

  test('a profile without a roster has none to show', async () => {
    await expect(says(list, profile('ann'), [])).rejects.toMatchObject({ code: 'ROSTER_MISSING' })
  })

  test('a date that is none is refused', () => {
    expect(() => parseDate('soon')).toThrow(RangeError)
    expect(parseDate('2026-12-31')).toBe(new Date(2026, 11, 31).getTime())
  })
})
