import { BlockList, type SocketAddress } from 'node:net'
import type { MultiaddrConnection } from '@libp2p/interface'
import { Bucket, Buckets } from '../bucket.ts'
import { DOOR_PER_ADDRESS, DOOR_UNKNOWN, MAX_KNOWN_ADDRESSES, MAX_PENDING_CONNECTIONS } from '../limits.ts'
import { ipOf, isRelayed } from './addresses.ts'

/** As Node calls an IPv4 address on a socket for both. */
const MAPPED = '::ffff:'

/**
 * Keeps floods out before anybody knows who is there: that takes a handshake, which costs us as much as them. A branch
 * behind one address opens at nine, so each address has many at once and few after that; addresses from which a member
 * came before do not share with those from which nobody did. Of connections whose handshake is not over there are at
 * most so many; then the oldest of whichever address has most of them goes, so that silence keeps nobody out.
 */
export class Door {
  readonly #perAddress = new Buckets(DOOR_PER_ADDRESS)
  readonly #unknown = new Bucket(DOOR_UNKNOWN)
  readonly #known = new Set<string>()
  readonly #pending = new Map<string, Set<MultiaddrConnection>>()
  #pendingCount = 0
  #isAskedBySockets = false

  /** For the TCP server, which asks it before it makes anything of a connection; Node before 22.13 does not. */
  readonly sockets: BlockList = new Asking((address) => {
    this.#isAskedBySockets = true
    return this.#denies(address)
  })

  readonly denyInboundConnection = (connection: MultiaddrConnection): boolean => {
    const { remoteAddr } = connection
    // A relay is counted by its own address, and those who come through it by who they are.
    if (isRelayed(remoteAddr)) return false
    const address = ipOf(remoteAddr)
    if (!this.#isAskedBySockets && this.#denies(address)) return true
    this.#await(address, connection)
    return false
  }

  /** The handshake is over. @param isMember - whether whoever it is may come in */
  known(connection: MultiaddrConnection, isMember: boolean): void {
    if (isRelayed(connection.remoteAddr)) return
    const address = ipOf(connection.remoteAddr)
    this.#forget(address, connection)
    if (!isMember) return
    this.#known.delete(address)
    this.#known.add(address)
    for (const oldest of this.#known) if (this.#known.size > MAX_KNOWN_ADDRESSES) this.#known.delete(oldest)
  }

  #denies(address: string): boolean {
    const key = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address
    if (!this.#perAddress.take(key)) return true
    return !this.#known.has(key) && !this.#unknown.take()
  }

  #await(address: string, connection: MultiaddrConnection): void {
    const pending = this.#pending.get(address) ?? new Set()
    this.#pending.set(address, pending.add(connection))
    this.#pendingCount++
    connection.addEventListener('close', () => this.#forget(address, connection))
    if (this.#pendingCount > MAX_PENDING_CONNECTIONS) this.#endOldest()
  }

  #forget(address: string, connection: MultiaddrConnection): void {
    const pending = this.#pending.get(address)
    if (pending?.delete(connection) !== true) return
    this.#pendingCount--
    if (pending.size === 0) this.#pending.delete(address)
  }

  #endOldest(): void {
    const [address, pending] = [...this.#pending].reduce((most, each) => (each[1].size > most[1].size ? each : most))
    const [oldest] = pending
    if (oldest === undefined) return
    this.#forget(address, oldest)
    oldest.abort(new Error('too many connections wait for their handshake'))
  }
}

/** A list that is not written, but asked. */
class Asking extends BlockList {
  readonly #denies: (address: string) => boolean

  constructor(denies: (address: string) => boolean) {
    super()
    this.#denies = denies
  }

  override check(address: string | SocketAddress): boolean {
    return this.#denies(typeof address === 'string' ? address : address.address)
  }
}
