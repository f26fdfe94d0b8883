import type { LinkFacts } from './facts.ts'
import { type Finding, finding } from './finding.ts'

/**
 * Whether somebody else runs with our identity: two nodes with one identity take each other's connections. What is heard
 * on a LAN anybody there can make up, so it is told as their word.
 * @param isAsked - whether a chat of this profile runs, and tries peers for us
 */
export function judgeIdentity(links: readonly LinkFacts[], self: string | undefined, isAsked: boolean): Finding[] {
  const ours = links.flatMap(({ seen }) => seen).filter(({ peer }) => peer === self)
  const elsewhere = ours.find(({ isHere }) => !isHere)
  if (elsewhere !== undefined) {
    const { peer, addresses } = elsewhere
    return [
      finding('IDENTITY_ELSEWHERE', {
        subject: peer,
        measured: { addresses },
        says: `Another machine (${addresses.join(', ')}) says that it is this profile. If it is, the identity key is in two places, and the two logs fork.`,
        todo: 'Stop Branchline on both at once. Keep both folders as they are and ask the director which one goes on; the other begins a new profile. If you know of no copy, show this to IT: anybody on this network can say such a thing.',
      }),
    ]
  }
  const [here] = ours
  if (here === undefined || isAsked) return []
  return [
    finding('IDENTITY_HERE', {
      subject: here.peer,
      measured: { addresses: here.addresses },
      says: 'A relay, or another program on this machine, runs with the identity of this profile; so nobody was tried as this device.',
      todo: 'To try relays and colleagues as well, end it, run this again, and start it again.',
    }),
  ]
}
