import type { LinkFacts, PeerFacts } from './facts.ts'
import type { LanFacts } from './lan-look.ts'
import { type Finding, finding, roundMs } from './finding.ts'

export interface LinksFound extends Pick<LanFacts, 'links' | 'unplugged'> {
  /** By interface, of whom an address there is known, or who was reached there. */
  readonly known: ReadonlyMap<string, readonly PeerFacts[]>
}

/** What each interface lets through, as far as it can be told; colleagues of whom an address there is known help. */
export function judgeLinks({ links, unplugged, known }: LinksFound): Finding[] {
  const judged = links
    .filter(({ isLoopback }) => !isLoopback)
    .map((link) => judgeLink(link, known.get(link.name) ?? []))
  if (links.some(({ isLoopback, isLone }) => !isLoopback && !isLone)) return judged
  // One that is out is no matter where another serves.
  return [...judged, ...unplugged.map(noCable), ...(judged.length + unplugged.length === 0 ? [noNetwork()] : [])]
}

function noCable(subject: string): Finding {
  return finding('LAN_NO_CABLE', {
    subject,
    says: 'The interface is up, and nothing is at its other end.',
    todo: 'Look at cable, switch or Wi-Fi.',
  })
}

function noNetwork(): Finding {
  return finding('NETWORK_NONE', {
    subject: 'this machine',
    says: 'No network interface is up with an IPv4 address.',
    todo: 'Plug in the cable or join the Wi-Fi; if it is joined, ask IT why the machine gets no address (DHCP).',
  })
}

function judgeLink(link: LinkFacts, known: readonly PeerFacts[]): Finding {
  return cannotBeUsed(link) ?? wasHeard(link) ?? wasSilent(link, known)
}

function about(link: LinkFacts) {
  const { name, addresses, answerMs, bindError, sendError, seen, neighbours, canMulticast } = link
  const measured = {
    addresses,
    heardOurselves: link.heardOurselves,
    packetsOfOthers: link.packetsOfOthers,
    unicastAnswers: link.unicastAnswers,
    wasAnswered: link.wasAnswered,
    peersSeen: seen.filter(({ isHere }) => !isHere).length,
    ...(answerMs !== undefined && { answerMs: roundMs(answerMs) }),
    bindError,
    sendError,
    neighbours,
    canMulticast,
  }
  return { subject: name, measured }
}

function cannotBeUsed(link: LinkFacts): Finding | undefined {
  const { bindError, sendError, canMulticast, isLone } = link
  const it = about(link)
  if (canMulticast === false && !isLone && !link.wasAnswered) {
    return finding('LAN_MULTICAST_OFF', {
      ...it,
      says: 'Multicast is switched off on this interface, so nobody can be found on it.',
      todo: `As administrator: ip link set dev ${link.name} multicast on. Until then name colleagues by address: chat --peer ADDRESS`,
    })
  }
  if (bindError !== undefined && !isLone) {
    return finding('LAN_PORT_TAKEN', {
      ...it,
      says: `UDP port 5353 cannot be used on it (${bindError}), so nobody can be found.`,
      todo: 'End the program that holds the port for itself alone, or have it share the port: ss -lunp "sport = 5353" names it.',
    })
  }
  if (sendError !== undefined && !isLone) {
    return finding('LAN_NOT_SENT', {
      ...it,
      says: `The system does not send multicast on it (${sendError}).`,
      todo:
        sendError === 'EPERM'
          ? 'The firewall of this machine forbids it: allow outgoing UDP to 224.0.0.251 port 5353.'
          : 'Look at the route: ip route get 224.0.0.251. It must not be unreachable; ip route replace 224.0.0.0/4 dev INTERFACE',
    })
  }
  return undefined
}

function wasHeard(link: LinkFacts): Finding | undefined {
  const { wasAnswered, packetsOfOthers, unicastAnswers, seen } = link
  const it = about(link)
  const others = seen.filter(({ isHere }) => !isHere).length
  if (wasAnswered || (packetsOfOthers > 0 && unicastAnswers > 0)) {
    const whom = others > 0 ? `${others} with Branchline answered` : 'others answered, nobody of them with Branchline'
    return finding('LAN_PROVEN', { ...it, says: `Multicast goes out and comes back: ${whom}.` })
  }
  if (packetsOfOthers > 0) {
    return finding('LAN_ONE_WAY', {
      ...it,
      says: 'Others are heard, but nobody answered what was asked: either nobody with Branchline is here, or what this machine says does not arrive.',
      todo: 'Start a chat on another machine here and run this again. If it still says so, allow outgoing UDP to port 5353 in the firewall of this machine, and ask IT whether the access point holds back multicast.',
    })
  }
  if (unicastAnswers > 0) {
    return finding('LAN_UNICAST_ONLY', {
      ...it,
      says: 'Answers to this machine alone arrive, and multicast does not: a firewall here or a switch in between drops it.',
      todo: 'Allow incoming UDP to port 5353 in the firewall of this machine. If that is so already, ask IT to look at IGMP snooping on the switch: without a querier it drops multicast.',
    })
  }
  return undefined
}

function wasSilent(link: LinkFacts, known: readonly PeerFacts[]): Finding {
  const it = about(link)
  const isReached = ({ tcp, probe }: PeerFacts): boolean =>
    probe?.outcome === 'connected' || tcp.some(({ outcome }) => outcome !== 'silent')
  if (known.some(isReached)) {
    return finding('LAN_DROPPED', {
      ...it,
      says: 'Colleagues on it can be connected with, but no multicast of anybody arrives: a firewall, a switch or an access point drops it.',
      todo: 'Allow UDP port 5353 in the firewall of this machine; ask IT to look at IGMP snooping and at "multicast filter" of the access point. Until then name colleagues by address: chat --peer ADDRESS',
    })
  }
  if (link.isLone || link.isPointToPoint === true) {
    return finding('VPN_SILENT', {
      ...it,
      says: 'Nothing answers on it. It looks like a VPN; most of them carry no multicast, and a dead one carries nothing.',
      todo: 'Nothing, when colleagues are found on another interface. If they are behind this VPN, name them by address, or use a relay.',
    })
  }
  if (!link.heardOurselves) {
    return finding('LAN_DEAF', {
      ...it,
      says: 'Not even what this machine itself says by multicast comes back to it.',
      todo: 'Allow UDP port 5353, in and out, in the firewall of this machine.',
    })
  }
  if (known.length > 0) {
    return finding('LAN_CUT_OFF', {
      ...it,
      says: 'Nothing passes between this machine and the colleagues who are known to be on it: no multicast, no connection. The link is up.',
      todo: 'If it is Wi-Fi, ask IT to switch off client isolation ("AP isolation", "guest network") for the staff; if a cable, ask whether the port is isolated (private VLAN).',
    })
  }
  const neighbours = link.neighbours === undefined ? '' : ` (${link.neighbours} other machines were met lately)`
  return finding('LAN_SILENT', {
    ...it,
    says: `Nothing was heard of anybody${neighbours}. What this machine sent was heard by itself, which proves its own side alone.`,
    todo: 'Start a chat on another machine here and run this again. If it still says so: multicast is dropped, or the access point keeps its clients apart; ask IT for UDP port 5353 and "client isolation".',
  })
}
