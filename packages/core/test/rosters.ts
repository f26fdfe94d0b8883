import { generateKeyPairSync } from 'node:crypto'
import { type LogSigner, logSigner } from '@branchline/audit-sink'
import { type Member, type Roster, type RosterContent, signRoster } from '../src/roster/index.ts'

const DAY = 86_400_000

export function directorNamed(name: string): LogSigner {
  return logSigner(`branchline/director/${name}`, generateKeyPairSync('ed25519').privateKey)
}

/** Of everyone whom these tests put on a roster, unless a test needs another. */
export const DEE = directorNamed('Dee')

export function contentOf(members: readonly Member[], change: Partial<RosterContent> = {}): RosterContent {
  return {
    directors: [DEE.vkey],
    expires: Date.now() + DAY,
    issued: Date.now() - DAY,
    lan: 'milltown',
    library: 'Milltown Public Library',
    members,
    relays: [],
    revoked: [],
    serial: 1,
    succession: [],
    v: 1,
    witnesses: [],
    ...change,
  }
}

export async function rosterOf(
  members: readonly Member[],
  change: Partial<RosterContent> = {},
  signer = DEE,
): Promise<Roster> {
  return signRoster(contentOf(members, change), signer)
}

export function memberNamed(name: string, change: Partial<Member> = {}): Member {
  const log = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x as string
  return {
    branch: 'Northside',
    desks: [],
    log: Buffer.from(log, 'base64url').toString('hex'),
    name,
    peer: `12D3KooW${Buffer.from(name).toString('hex')}`,
    roles: [],
    rooms: [],
    ...change,
  }
}
