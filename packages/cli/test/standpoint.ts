import { generateKeyPairSync } from 'node:crypto'
import { logSigner } from '@branchline/audit-sink'
import type { Colleague } from '@branchline/core'
import { firstRoster, holdRoster, type Member, signRoster } from '@branchline/core/roster'
import type { Standpoint } from '../src/chat/people.ts'

const PEERS = {
  Ann: '12D3KooWEkmHSJJ6Q5UvHnFDCZ2mM3XqYTgY6pfmmU4uu6jGUmuD',
  Bea: '12D3KooWGfNKSsSQhYTRpWrAyBvtLnJ7mhUmWy7fDjLcfTyTaSf7',
  'Bea Long': '12D3KooWJHGPrTYJV9T5DrvDgLfEVMuNiHQWBBhrwZr3CnShdrDy',
  Cy: '12D3KooWLEqsBkNRZUJ7HbFURyzTXWBnZBvaA3nDvJZ1Gm5zVpgn',
} as const
export type Name = keyof typeof PEERS

export const peerOf = (name: Name): string => PEERS[name]

export interface Place {
  readonly desks?: readonly string[]
  readonly rooms?: readonly string[]
}

/** Ann's, on a roster of four. @param here - who is connected */
export async function standpoint(
  places: Partial<Record<Name, Place>> = {},
  here: readonly Name[] = [],
): Promise<Standpoint> {
  const director = logSigner('branchline/director/Dee', generateKeyPairSync('ed25519').privateKey)
  const members = Object.entries(PEERS).map(([name, peer], n): Member => {
    const { desks = [], rooms = [] } = places[name as Name] ?? {}
    return { branch: 'Northside', desks, rooms, roles: [], log: String(n).repeat(64), name, peer }
  })
  const roster = await signRoster({ ...firstRoster('Milltown', director.vkey), members }, director)
  const colleagues = here.map((name): Colleague => ({ peer: PEERS[name], name, link: 'direct', presence: 'here' }))
  return { messenger: { peerId: PEERS.Ann, colleagues: () => colleagues }, roster: holdRoster(roster.signed) }
}
