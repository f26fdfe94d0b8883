import { randomBytes } from 'node:crypto'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_IP4, CODE_P2P, CODE_TCP, multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { type Answer, AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode, type TxtAnswer } from 'dns-packet'

/** What a packet is to us; there is nothing else that we would want to know. */
export type Heard = { readonly kind: 'query' } | Sighting

export interface Sighting {
  readonly kind: 'sighting'
  readonly peer: string
  /** Where it can be dialled on this link, each with its peer ID. */
  readonly addresses: readonly Multiaddr[]
  /** How long this holds; 0 is a goodbye. */
  readonly ttlMs: number
}

/** RFC 6762 section 17. */
const MAX_PACKET_BYTES = 9_000
const HEADER_BYTES = 12
const COUNTS_OFFSET = 4
/** Questions and records of one packet; a stock node sends one record for each of its addresses. */
const MAX_RECORDS = 64
const MAX_ADDRESSES = 8
/** "TXT record fields have a max data length of 255 bytes" (RFC 6763 section 6.1). */
const MAX_FIELD_BYTES = 255
const FIELD = 'dnsaddr='
const TTL_SECONDS = 120
/** What somebody makes up is forgotten soon. */
const MAX_TTL_SECONDS = 300
/** "A peer name of 32 to 63 characters", made anew at each start (libp2p's specification of mDNS). */
const NAME_BYTES = 16

export interface PacketsInit {
  /** Such as `_branchline._udp.local`. */
  readonly service: string
  /** Our peer ID. */
  readonly self: string
}

/** Speaks and understands libp2p's discovery by mDNS: PTR records of a service, TXT records with `dnsaddr=` fields. */
export class Packets {
  readonly #service: string
  readonly #self: string
  readonly #instance: string

  constructor({ service, self }: PacketsInit) {
    this.#service = service
    this.#self = self
    this.#instance = `${randomBytes(NAME_BYTES).toString('hex')}.${service}`
  }

  query(): Buffer {
    return encode({ type: 'query', questions: [{ name: this.#service, type: 'PTR' }] })
  }

  /** @param addresses - each with our peer ID; more than a packet bears are left out */
  answer(addresses: readonly Multiaddr[], ttl = TTL_SECONDS): Buffer {
    const fields = addresses.slice(0, MAX_ADDRESSES).map((address) => `${FIELD}${address.toString()}`)
    const additionals = fields
      .filter((field) => field.length <= MAX_FIELD_BYTES)
      .map((data): Answer => ({ name: this.#instance, type: 'TXT', class: 'IN', ttl, data }))
    const answers: Answer[] = [{ name: this.#service, type: 'PTR', class: 'IN', ttl, data: this.#instance }]
    return encode({ type: 'response', flags: AUTHORITATIVE_ANSWER, answers, additionals })
  }

  goodbye(addresses: readonly Multiaddr[]): Buffer {
    return this.answer(addresses, 0)
  }

  /** @param isOnLink - whether an IPv4 address is on the link that the packet came from; no other is believed */
  parse(bytes: Uint8Array, isOnLink: (address: string) => boolean): Heard | undefined {
    const packet = decodeBounded(bytes)
    if (packet?.type === 'query') return this.#isAsked(packet) ? { kind: 'query' } : undefined
    return packet === undefined ? undefined : this.#sighting(packet, isOnLink)
  }

  #isAsked({ questions = [] }: DecodedPacket): boolean {
    // The types know no question for ANY.
    return questions.some(({ name, type }) => name === this.#service && ['PTR', 'ANY'].includes(type))
  }

  #sighting({ answers = [], additionals = [] }: DecodedPacket, isOnLink: (address: string) => boolean) {
    const pointer = answers.find((answer) => answer.type === 'PTR' && answer.name === this.#service)
    if (pointer?.type !== 'PTR') return undefined
    const texts = [...answers, ...additionals].filter((answer): answer is TxtAnswer => answer.type === 'TXT')
    const dialable = texts.flatMap(({ data }) => [data].flat()).flatMap((field) => dialableAt(field, isOnLink))
    const [first] = dialable
    if (first === undefined || first.peer === this.#self) return undefined
    if (dialable.some(({ peer }) => peer !== first.peer)) return undefined
    const addresses = dialable.slice(0, MAX_ADDRESSES).map(({ address }) => address)
    const ttlMs = Math.min(pointer.ttl ?? TTL_SECONDS, MAX_TTL_SECONDS) * 1_000
    return { kind: 'sighting', peer: first.peer, addresses, ttlMs } as const
  }
}

/** What the decoder would take long over is not given to it. */
function decodeBounded(bytes: Uint8Array): DecodedPacket | undefined {
  if (bytes.length < HEADER_BYTES || bytes.length > MAX_PACKET_BYTES) return undefined
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let records = 0
  for (let at = COUNTS_OFFSET; at < HEADER_BYTES; at += 2) records += buffer.readUInt16BE(at)
  if (records > MAX_RECORDS) return undefined
  try {
    return decode(buffer)
  } catch {
    return undefined
  }
}

/** An address that is nothing but IPv4, TCP and a peer ID: no relay, no name to look up. */
function dialableAt(field: string | Buffer, isOnLink: (address: string) => boolean) {
  const text = field.toString()
  if (!text.startsWith(FIELD)) return []
  try {
    const address = multiaddr(text.slice(FIELD.length))
    const [ip, tcp, p2p, more] = address.getComponents()
    const isPlain = ip?.code === CODE_IP4 && tcp?.code === CODE_TCP && p2p?.code === CODE_P2P && more === undefined
    if (!isPlain || !isOnLink(ip.value ?? '')) return []
    return [{ peer: peerIdFromString(p2p.value ?? '').toString(), address }]
  } catch {
    return []
  }
}
