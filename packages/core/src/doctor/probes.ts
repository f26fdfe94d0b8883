import { type Connection, serviceCapabilities } from '@libp2p/interface'
import type { ConnectionManager } from '@libp2p/interface-internal'
import { reasonOf } from '@branchline/audit-sink'
import { peerIdFromString } from '@libp2p/peer-id'
import { CODE_P2P, multiaddr } from '@multiformats/multiaddr'
import { askClock } from '../clock/clock.ts'
import { isRelayed } from '../network/addresses.ts'
import type { ProbeFacts, ProbeOutcome, ProbeTarget } from './facts.ts'
import { askForPlace } from './ask-for-place.ts'
import { askRosterState } from './ask-roster-state.ts'

export interface ProbesInit {
  /** What we hold ourselves: each side of a roster stream says so. */
  readonly rosterState: () => { readonly serial: number; readonly hash: string }
}

export interface ProbesComponents {
  readonly connectionManager: Pick<ConnectionManager, 'openConnection' | 'getConnections'>
}

/** Finds out how it is with peers, as the node that it is a service of; those who are connected stay so. */
export interface Probes {
  /** Never rejects: what came of it is in the facts. */
  probe(targets: readonly ProbeTarget[], signal: AbortSignal): Promise<ProbeFacts[]>
}

/** At once: each takes a handful of round trips, and both sides some milliseconds of work. */
const MOST_AT_ONCE = 8

export function probes(init: ProbesInit): (components: ProbesComponents) => Probes {
  return (components) => new ProbesService(init, components)
}

class ProbesService implements Probes {
  readonly [Symbol.toStringTag] = '@branchline/probes'
  readonly [serviceCapabilities]: string[] = ['@branchline/probes']
  readonly #init: ProbesInit
  readonly #components: ProbesComponents

  constructor(init: ProbesInit, components: ProbesComponents) {
    this.#init = init
    this.#components = components
  }

  async probe(targets: readonly ProbeTarget[], signal: AbortSignal): Promise<ProbeFacts[]> {
    const facts: ProbeFacts[] = []
    const waiting = [...targets.entries()]
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        facts[next[0]] = await this.#probeOne(next[1], signal)
      }
    }
    await Promise.all(Array.from({ length: MOST_AT_ONCE }, work))
    return facts
  }

  async #probeOne(target: ProbeTarget, signal: AbortSignal): Promise<ProbeFacts> {
    const { peer } = target
    let connection: Connection
    try {
      connection = await this.#connect(target, signal)
    } catch (error) {
      return { peer, outcome: outcomeOf(error, signal), error: reasonOf(error) }
    }
    const about = { remoteAddress: connection.remoteAddr.toString(), isRelayed: isRelayed(connection.remoteAddr) }
    const { rosterState } = this.#init
    const [clock, held, place] = await Promise.allSettled([
      askClock(connection, signal),
      askRosterState(connection, rosterState(), signal),
      target.isRelay ? askForPlace(connection, signal) : undefined,
    ])
    // Whoever does not want us says so by hanging up as soon as Noise has told who we are.
    const nobodySaidAWord = [clock, held].every(({ status }) => status === 'rejected')
    const wasCut = nobodySaidAWord && connection.status !== 'open' && !signal.aborted
    return {
      peer,
      outcome: wasCut ? 'turned-away' : 'connected',
      ...about,
      ...(clock.status === 'fulfilled' ? { clock: clock.value } : { clockError: nameOf(clock.reason) }),
      ...(held.status === 'fulfilled' && { rosterSerial: held.value.serial, rosterHash: held.value.hash }),
      ...placeFacts(place),
    }
  }

  /** Those who are connected already may have an address that we do not know. */
  async #connect({ peer, addresses }: ProbeTarget, signal: AbortSignal): Promise<Connection> {
    const { connectionManager } = this.#components
    const id = peerIdFromString(peer)
    const open = connectionManager.getConnections(id).find(({ status }) => status === 'open')
    if (open !== undefined) return open
    const there = addresses.map((address) => multiaddr(address).decapsulateCode(CODE_P2P).encapsulate(`/p2p/${peer}`))
    return connectionManager.openConnection(there.length > 0 ? there : id, { signal })
  }
}

type Settled<T> = PromiseSettledResult<T>

function placeFacts(settled: Settled<Awaited<ReturnType<typeof askForPlace>> | undefined>): Partial<ProbeFacts> {
  if (settled.status === 'rejected') return { place: nameOf(settled.reason) }
  if (settled.value === undefined) return {}
  const { status, ...limits } = settled.value
  return { place: status, ...limits }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error)
}

/** libp2p gathers what went wrong at each address. */
function outcomeOf(error: unknown, signal: AbortSignal): ProbeOutcome {
  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
  const text = errors.map((each) => `${nameOf(each)} ${reasonOf(each)}`).join('\n')
  if (/UnexpectedPeer|identity key does not match|Payload identity/i.test(text)) return 'another'
  if (signal.aborted || /TimeoutError|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/.test(text)) return 'failed'
  return /closed|reset|ended|ECONNRESET|EPIPE|Encryption|Muxer|Unexpected ?E/i.test(text) ? 'turned-away' : 'failed'
}
