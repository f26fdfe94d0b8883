import type { AuditSink, Hash } from '@branchline/audit-sink'
import {
  type ComponentLogger,
  type Connection,
  type PeerId,
  serviceCapabilities,
  type Startable,
  type Stream,
} from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import type { Reach } from '../delivery/connecting.ts'
import type { Where } from '../delivery/letter.ts'
import type { PostOptions } from '../delivery/posting.ts'
import { MessengerError } from '../errors.ts'
import { HoldingEmitter } from '../holding-emitter.ts'
import { FILE_PROTOCOL, FILES_QUOTA_BYTES, MAX_FILE_STREAMS } from '../limits.ts'
import type { Posted } from '../messages.ts'
import type { Messenger } from '../messenger-init.ts'
import { type FilesContext, offeredFile } from './context.ts'
import { Fetching } from './fetching.ts'
import type { Files, FilesEvents, FilesPlace, OfferOptions, OfferPosted } from './files-api.ts'
import { openFolderStore } from './folder-store.ts'
import type { Ledger, Offer } from './ledger.ts'
import { type FileSource, openOriginal, untilAborted } from './original.ts'
import { Quiet } from './quiet.ts'
import { Room } from './room.ts'
import { Serving } from './serving.ts'
import type { FileStore } from './store.ts'

interface FilesInit {
  readonly place: FilesPlace
  readonly audit: AuditSink
  /** The messenger's, too. */
  readonly ledger: Ledger
  readonly reach: Reach
  /** Whether a peer is listened to: as the node's gate says. */
  readonly isAdmitted: (peer: string) => boolean
}

interface FilesComponents {
  readonly peerId: PeerId
  readonly registrar: Registrar
  readonly logger: ComponentLogger
  readonly messenger: Messenger
}

interface Running {
  readonly store: FileStore
  readonly room: Room
  readonly fetching: Fetching
  readonly serving: Serving
  readonly topology: string
}

/** Files as a libp2p service beside a messenger that is made with the same `ledger` (spec/files.md). */
export function files(init: FilesInit): (components: FilesComponents) => Files {
  return (components) => new FilesService(init, components)
}

class FilesService extends HoldingEmitter<FilesEvents> implements Files, Startable {
  readonly [Symbol.toStringTag] = '@branchline/files'
  readonly [serviceCapabilities]: string[] = ['@branchline/files']
  readonly #init: FilesInit
  readonly #components: FilesComponents
  readonly #quiet = new Quiet()
  #running: Running | undefined

  constructor(init: FilesInit, components: FilesComponents) {
    super()
    assertBytes(init.place.maxBytes)
    this.#init = init
    this.#components = components
    init.ledger.tell({
      onSaid: () => this.hush(),
      onChange: () => this.#running?.fetching.look(),
      onOffer: (offer) => this.safeDispatchEvent('file:offered', { detail: offeredFile(offer) }),
    })
  }

  async start(): Promise<void> {
    const { place, isAdmitted } = this.#init
    const { registrar } = this.#components
    const store = 'store' in place ? place.store : await openFolderStore(place.folder)
    const context = this.#contextWith(store)
    const [fetching, serving] = [new Fetching(context), new Serving(context)]
    const handle = (stream: Stream, connection: Connection): void => {
      if (isAdmitted(connection.remotePeer.toString())) serving.handle(stream, connection)
      else stream.abort(new Error('it is not admitted'))
    }
    await registrar.handle(FILE_PROTOCOL, handle, { maxInboundStreams: MAX_FILE_STREAMS })
    const onConnect = (peer: PeerId): void => fetching.hurry(peer.toString())
    const topology = await registrar.register(FILE_PROTOCOL, { onConnect })
    this.#running = { store, room: context.room, fetching, serving, topology }
    fetching.look()
  }

  #contextWith(store: FileStore): FilesContext {
    const { audit, ledger, reach, place } = this.#init
    const { peerId, logger, messenger } = this.#components
    return {
      self: peerId.toString(),
      sink: audit,
      ledger,
      store,
      room: new Room(store, place.maxBytes ?? FILES_QUOTA_BYTES),
      quiet: this.#quiet,
      log: logger.forComponent('branchline:files'),
      reach,
      post: async (where, what) => messenger.post(where, what),
      onProgress: (detail) => this.safeDispatchEvent('file:progress', { detail }),
      onArrived: (detail) => this.safeDispatchEvent('file:arrived', { detail }),
      onFailed: (detail) => this.safeDispatchEvent('file:failed', { detail }),
    }
  }

  /** Before libp2p closes connections. What is under way goes on after the next start: the log says that it is wanted. */
  async beforeStop(): Promise<void> {
    if (this.#running === undefined) return
    const { fetching, serving, topology } = this.#running
    this.#running = undefined
    const { registrar } = this.#components
    registrar.unregister(topology)
    await registrar.unhandle(FILE_PROTOCOL)
    await Promise.all([fetching.close(), serving.close()])
  }

  async stop(): Promise<void> {
    await this.beforeStop()
  }

  hush(): void {
    this.#quiet.hush()
  }

  async offer(where: PeerId | Where, file: FileSource, options: OfferOptions = {}): Promise<OfferPosted> {
    const { store } = this.#assertRunning()
    const { name: called, text, ...rest } = options
    const { signal } = rest
    signal?.throwIfAborted()
    await using original = await openOriginal(file, called)
    const { name } = original
    const keeping = store.keep(untilAborted(original.bytes, signal))
    const kept = await keeping.catch((error: unknown) => {
      signal?.throwIfAborted()
      throw error
    })
    const posted = await this.#components.messenger.post(where, { text, about: { type: 'file', name, ...kept } }, rest)
    return { ...posted, ...kept, name }
  }

  async accept(id: Hash, options?: PostOptions): Promise<Posted> {
    const { room } = this.#assertRunning()
    const offer = this.#offerTo(id, true)
    await room.assertFits(offer, this.#init.ledger.wanted())
    return this.#answer(offer, 'accept', options)
  }

  async decline(id: Hash, options?: PostOptions): Promise<Posted> {
    return this.#answer(this.#offerTo(id, true), 'decline', options)
  }

  async withdraw(id: Hash, options?: PostOptions): Promise<Posted> {
    return this.#answer(this.#offerTo(id, false), 'withdraw', options)
  }

  #assertRunning(): Running {
    if (this.#running !== undefined) return this.#running
    throw new MessengerError('MESSENGER_CLOSED', 'the messenger is not running')
  }

  #offerTo(id: Hash, isToUs: boolean): Offer {
    this.#assertRunning()
    const { ledger } = this.#init
    const offer = ledger.offer(id)
    if (offer === undefined || (offer.from === this.#components.peerId.toString()) === isToUs) {
      throw new MessengerError('FILE_UNKNOWN', `no file was offered ${isToUs ? 'to' : 'by'} us with this message`)
    }
    if (ledger.isWithdrawn(offer)) throw new MessengerError('FILE_WITHDRAWN', 'the offer was taken back')
    return offer
  }

  async #answer(offer: Offer, answer: 'accept' | 'decline' | 'withdraw', options?: PostOptions): Promise<Posted> {
    const { id, from, to, conversation } = offer
    const peers = answer === 'withdraw' ? to : [from]
    const about = { type: 'file-answer', of: id, answer } as const
    return this.#components.messenger.post({ conversation, peers }, { about }, options)
  }
}

/** @throws TypeError */
function assertBytes(most: number | undefined): void {
  if (most === undefined || (Number.isSafeInteger(most) && most > 0)) return
  throw new TypeError(`files.maxBytes is a whole number of bytes, and not ${String(most)}`)
}
