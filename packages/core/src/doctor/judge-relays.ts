import type { PeerFacts } from './facts.ts'
import { type Finding, finding } from './finding.ts'
import { aboutPeer } from './judge-colleagues.ts'

export interface RelaysFound {
  readonly relays: readonly PeerFacts[]
  /** Addresses that cannot be read. */
  readonly unreadable: readonly string[]
  /** Of the roster; undefined without one. */
  readonly branches: number | undefined
}

const FULL = new Set(['RESERVATION_REFUSED', 'RESOURCE_LIMIT_EXCEEDED'])
const MIB = 1_048_576

export function judgeRelays({ relays, unreadable, branches }: RelaysFound): Finding[] {
  return [...relays.map(judgeRelay), ...unreadable.map(judgeAddress), ...judgeNumber(relays.length, branches)]
}

function judgeNumber(count: number, branches: number | undefined): Finding[] {
  const it = { subject: 'relays', measured: { relays: count, branches } }
  if (count > 1 || branches === undefined) return []
  if (branches < 2 && count === 0) {
    return [finding('RELAYS_NOT_NEEDED', { ...it, says: 'No relay is named, and everybody is in one branch.' })]
  }
  if (count === 0) {
    return [
      finding('RELAYS_MISSING', {
        ...it,
        says: `The roster names ${branches} branches and no relay: a branch that cannot be reached directly is not reached at all.`,
        todo: 'Run "branchline relay" on two machines that all branches reach, and have the director put their addresses on the roster: library renew --relay ADDRESS',
      }),
    ]
  }
  if (branches < 2) return []
  return [
    finding('RELAYS_ONE', {
      ...it,
      says: 'There is one relay: while it is down, the branches cannot talk.',
      todo: 'Run a second one, on another machine, and have the director put it on the roster.',
    }),
  ]
}

function judgeAddress(address: string): Finding {
  return finding('RELAY_ADDRESS_BAD', {
    subject: address,
    says: 'The address of a relay cannot be read.',
    todo: 'It must look like /ip4/10.1.0.2/tcp/4100/p2p/12D3Koo…, as "branchline relay" prints it; whoever wrote it, mends it.',
  })
}

function judgeRelay(facts: PeerFacts): Finding {
  const { probe, tcp } = facts
  const { roundTripMs, ...it } = aboutPeer(facts)
  const measured = {
    ...it.measured,
    place: probe?.place,
    limitSeconds: probe?.limitSeconds,
    limitBytes: probe?.limitBytes,
  }
  const about = { ...it, measured }
  if (probe?.outcome === 'connected') return judgePlace(facts, about, roundTripMs)
  if (probe?.outcome === 'another') {
    return finding('RELAY_ANOTHER', {
      ...about,
      says: 'At that address somebody else answers: its key is not that of the relay.',
      todo: 'If the relay was set up anew, have the director put its new address on the roster; if not, find out who answers there.',
    })
  }
  if (probe?.outcome === 'turned-away') return turnedAway(about)
  if (tcp.some(({ outcome }) => outcome === 'connected')) {
    const says =
      probe === undefined
        ? 'Somebody listens at the address. Whether it serves this device was not tried, since that takes its identity.'
        : `Somebody listens at the address, but does not answer as a relay in time (${probe.error ?? 'no word'}).`
    return finding('RELAY_THERE', {
      ...about,
      says,
      todo: 'Run this again when no chat or relay runs on this profile.',
    })
  }
  if (tcp.length > 0 && tcp.every(({ outcome }) => outcome === 'refused')) {
    return finding('RELAY_CLOSED', {
      ...about,
      says: 'Its machine answers, but nobody listens there: the relay is not running.',
      todo: 'Start it there: branchline relay. See that it starts with the machine.',
    })
  }
  return finding('RELAY_SILENT', {
    ...about,
    says: 'No answer from its address: the machine is off, or the way to it is closed.',
    todo: 'See whether the machine is on and the relay runs; ask IT to allow TCP to that address and port from this network.',
  })
}

type About = Pick<Finding, 'subject'> & { measured: Record<string, string | number | boolean | undefined> }

function turnedAway(about: About): Finding {
  return finding('RELAY_TURNS_AWAY', {
    ...about,
    says: 'It answers, and hangs up as soon as it knows who calls: by its roster this device takes no part.',
    todo: 'If this device is on the newest roster, bring that to the relay: branchline join FILE --profile RELAY, at its machine. Else ask the director to be put on it.',
  })
}

function judgePlace({ probe }: PeerFacts, about: About, roundTripMs: number | undefined): Finding {
  const { place = '', limitSeconds, limitBytes } = probe ?? {}
  if (place === 'PERMISSION_DENIED') return turnedAway(about)
  if (place === 'UnsupportedProtocolError') {
    return finding('RELAY_NONE_THERE', {
      ...about,
      says: 'The peer is there, but is no relay.',
      todo: 'Take its address off the roster or the settings, or run "branchline relay" there.',
    })
  }
  if (place !== 'OK') {
    return finding('RELAY_NO_PLACE', {
      ...about,
      says: `It gives this device no place (${place}), so nobody can reach this device through it.`,
      todo: FULL.has(place) ? 'It is full: run a second relay.' : 'Restart the relay; see what it says there.',
    })
  }
  if (limitSeconds !== undefined || limitBytes !== undefined) {
    return finding('RELAY_LIMITED', {
      ...about,
      says: `It ends each connection after ${limitWords(limitSeconds, limitBytes)}: it runs with the limits of a stock relay.`,
      todo: 'Run "branchline relay" in its place, which has no such limits; or have its limits taken off (applyDefaultLimit: false).',
    })
  }
  const time = roundTripMs === undefined ? '' : `, round trip ${roundTripMs} ms`
  return finding('RELAY_SERVES', { ...about, says: `It has a place for this device, without limits${time}.` })
}

function limitWords(seconds: number | undefined, bytes: number | undefined): string {
  const size =
    bytes === undefined ? [] : [bytes < MIB ? `${Math.round(bytes / 1_024)} KiB` : `${Math.round(bytes / MIB)} MiB`]
  return [...(seconds === undefined ? [] : [`${seconds} seconds`]), ...size].join(' or ')
}
