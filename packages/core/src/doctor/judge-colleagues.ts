import type { PeerFacts, TcpFacts } from './facts.ts'
import { type Finding, finding, roundMs } from './finding.ts'

export interface ColleaguesFound {
  readonly colleagues: readonly PeerFacts[]
  /** Who uses the LAN's name and is not on the roster. */
  readonly strangers: readonly string[]
  /** By interface, those whose announcements were heard there. */
  readonly heardOn: ReadonlyMap<string, readonly PeerFacts[]>
  /** How many more there are than were tried. */
  readonly untried: number
}

export function judgeColleagues({ colleagues, strangers, heardOn, untried }: ColleaguesFound): Finding[] {
  const findings = [
    ...colleagues.map(judgeColleague),
    ...strangers.map(judgeStranger),
    ...[...heardOn].flatMap(([name, heard]) => judgeIsolation(name, heard)),
  ]
  if (untried > 0) {
    findings.push(
      finding('COLLEAGUES_MANY', {
        subject: 'this LAN',
        says: `${untried} more colleagues are here than were tried.`,
        measured: { untried },
      }),
    )
  }
  if (colleagues.length > 0) return findings
  const none = finding('COLLEAGUES_NONE', {
    subject: 'this LAN',
    says: 'No colleague was seen, and none is named by address.',
    todo: 'If somebody should be here: see what is said of the network, and whether they have a chat open.',
  })
  return [...findings, none]
}

function isReached({ probe, tcp }: PeerFacts): boolean {
  return probe?.outcome === 'connected' || tcp.some(({ outcome }) => outcome === 'connected')
}

/** They are heard, since the access point sends multicast to all, and cannot be reached, since it sends nothing else. */
function judgeIsolation(name: string, heard: readonly PeerFacts[]): Finding[] {
  const silent = heard.filter(({ tcp }) => tcp.length > 0 && tcp.every(({ outcome }) => outcome === 'silent'))
  if (silent.length === 0 || heard.some(isReached)) return []
  const all = silent.length === 1 ? 'The one colleague' : `All ${silent.length} colleagues`
  return [
    finding('CLIENTS_ISOLATED', {
      subject: name,
      measured: { heard: heard.length, silent: silent.length },
      says: `${all} heard on it cannot be connected with. It seems that the network keeps its clients apart${silent.length === 1 ? ', or the firewall of that machine lets nobody in' : ''}.`,
      todo: 'Ask IT to switch off client isolation ("AP isolation", "guest network", "private VLAN") for the staff. Until then a relay on a cabled machine carries messages: chat --relay ADDRESS',
    }),
  ]
}

/** What is common to colleagues and relays. */
export function aboutPeer({ peer, name, tcp, probe }: PeerFacts) {
  const first = tcp.find(({ outcome }) => outcome === 'connected') ?? tcp[0]
  const roundTripMs = probe?.clock && roundMs(probe.clock.roundTripMs)
  const measured = {
    peer,
    address: probe?.remoteAddress ?? first?.address,
    tcp: first?.outcome,
    tcpMs: first && roundMs(first.ms),
    tcpError: first?.error,
    probe: probe?.outcome,
    probeError: probe?.error,
    isRelayed: probe?.isRelayed,
    roundTripMs,
    rosterSerial: probe?.rosterSerial,
  }
  return { subject: name ?? peer, measured, roundTripMs }
}

function judgeColleague(facts: PeerFacts): Finding {
  const { probe } = facts
  const it = aboutPeer(facts)
  if (probe?.outcome === 'connected') {
    const way = probe.isRelayed === true ? 'through a relay' : 'directly'
    const time = it.roundTripMs === undefined ? '' : `, round trip ${it.roundTripMs} ms`
    return finding('COLLEAGUE_REACHED', { ...it, says: `Reached ${way}${time}.` })
  }
  if (probe?.outcome === 'another') {
    return finding('COLLEAGUE_ANOTHER', {
      ...it,
      says: 'At that address somebody else answers: its key is another.',
      todo: 'If it was given with --peer or kept by --remember, ask the colleague for the address that they have now.',
    })
  }
  if (probe?.outcome === 'turned-away') {
    return finding('COLLEAGUE_TURNS_AWAY', {
      ...it,
      says: 'They answer, and hang up as soon as they know who calls: by their roster this device takes no part, or not yet.',
      todo: 'See what is said of the roster here; ask the director for the newest one, and bring it to both: branchline join FILE',
    })
  }
  return judgeUnreached(facts, it)
}

function judgeUnreached({ tcp, addresses, probe }: PeerFacts, it: ReturnType<typeof aboutPeer>): Finding {
  const all = (outcome: TcpFacts['outcome']): boolean => tcp.every((each) => each.outcome === outcome)
  if (tcp.some(({ outcome }) => outcome === 'connected')) {
    if (probe === undefined) {
      const says = 'Somebody listens at the address. Who it is was not tried, since that takes this profile’s identity.'
      return finding('COLLEAGUE_THERE', { ...it, says })
    }
    return finding('COLLEAGUE_ODD', {
      ...it,
      says: `Somebody listens at the address, but does not answer as a colleague in time (${probe.error ?? 'no word'}).`,
      todo: 'Run this again. If it stays so, restart the chat there; another program may have the port.',
    })
  }
  if (addresses.length === 0 || tcp.length === 0) {
    return finding('COLLEAGUE_AWAY', {
      ...it,
      says: 'Not here now, and no address is known at which to try.',
      todo: 'Nothing, if they are away. Else see whether they have a chat open, and whether both of you have a place on one relay.',
    })
  }
  if (all('refused')) {
    return finding('COLLEAGUE_CLOSED', {
      ...it,
      says: 'The machine answers that nobody listens there: the chat has ended, or a firewall says so.',
      todo: 'Start the chat there; if it runs, allow incoming TCP for it in the firewall of that machine.',
    })
  }
  return finding('COLLEAGUE_SILENT', {
    ...it,
    says: 'No answer from that address: the machine is off, its firewall drops connections, or the network keeps clients apart.',
    todo: 'See whether the machine is on; allow incoming TCP for Branchline in its firewall; ask IT about client isolation.',
  })
}

function judgeStranger(peer: string): Finding {
  return finding('COLLEAGUE_STRANGER', {
    subject: peer,
    measured: { peer },
    says: 'Uses the name of this LAN and is not on the roster here; nobody connects with it.',
    todo: 'If it is a new colleague, the roster here is older than theirs: ask the director for the newest one. Else tell the director.',
  })
}
