export { clock, type ClockComponents, type ClockInit } from './clock/clock.ts'
export { type CreateMessengerInit, createMessenger } from './create-messenger.ts'
export { type CreateRelayInit, createRelay, type Relay } from './create-relay.ts'
export type { About, FileAnswer, PullStep } from './content/content.ts'
export { isProvenBy, type Origin } from './content/origin.ts'
export type { AlertEvent } from './delivery/alerts.ts'
export type { Audience, Deed, What, Where } from './delivery/letter.ts'
export type { Marked } from './delivery/marks.ts'
export type { SendOptions } from './delivery/outgoing.ts'
export type { OnRecord } from './delivery/pass-on.ts'
export type { PassOnOptions, PostOptions } from './delivery/posting.ts'
export { MESSENGER_ERROR_CODES, MessengerError, type MessengerErrorCode, QueuedError } from './errors.ts'
export type { PageOptions } from './history/conversations.ts'
export type { IndexDb } from './history/db.ts'
export type { DeskOptions } from './history/desks.ts'
export { type History, type HistoryInit, openHistory } from './history/history.ts'
export type { PullOptions } from './history/pulls.ts'
export type { SearchOptions } from './history/search.ts'
export type {
  ConversationView,
  PullStepView,
  PullView,
  RecipientState,
  Said,
  StateView,
  Undelivered,
} from './history/views.ts'
export type { ArrivedFile, FileFailure, FileProgress, OfferedFile } from './files/context.ts'
export type { Files, FilesEvents, FilesPlace, OfferOptions, OfferPosted } from './files/files-api.ts'
export type { FileSource } from './files/original.ts'
export type { FileStore, KeptFile, OpenFile, PartialFile } from './files/store.ts'
export type { HostedEvents, HostedMessenger } from './hosted-messenger.ts'
export { openIdentity, peerIdOf } from './identity.ts'
export { MAX_TEXT_BYTES, PROTOCOL } from './limits.ts'
export type { Delivery, MessageLedger, Outcome, Posted, ReceivedMessage, SentMessage, ShownOrigin } from './messages.ts'
export type { Messenger, MessengerComponents, MessengerEvents, MessengerInit } from './messenger-init.ts'
export { messenger } from './messenger.ts'
export { parseName } from './name.ts'
export { parsePeerAddress } from './network/addresses.ts'
export type { Colleague, ColleagueEvents } from './network/colleague.ts'
export { type Lan, type LanComponents, type LanEvents, type LanInit, lan, type Seen } from './network/lan/lan.ts'
export {
  type OwnPresence,
  type Presence,
  presence,
  type PresenceComponents,
  type PresenceEvents,
  type PresenceInit,
  type PresenceState,
} from './presence/presence.ts'
export type { RelayFigures } from './relay/figures.ts'
export { openQueue, type QueueFile } from './queue/queue-file.ts'
export type { Queued } from './queue/queued.ts'
export type { Recorded } from './recorded.ts'
export { RosterGate, type RosterGateEvents, type RosterGateInit } from './roster/gate.ts'
export { holdRoster, openRoster, type RosterKeeper } from './roster/keeper.ts'
export type { EventOf, EventStream } from './stream-of.ts'
export { sanitise, sanitiseLine } from './sanitise.ts'
