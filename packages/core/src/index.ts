export { type CreateMessengerInit, createMessenger, type HostedMessenger } from './create-messenger.ts'
export { type CreateRelayInit, createRelay, type Relay } from './create-relay.ts'
export type { SendOptions } from './delivery/outgoing.ts'
export { MESSENGER_ERROR_CODES, MessengerError, type MessengerErrorCode } from './errors.ts'
export { openIdentity, peerIdOf } from './identity.ts'
export { MAX_TEXT_BYTES, PROTOCOL } from './limits.ts'
export type { Delivery, ReceivedMessage, SentMessage } from './messages.ts'
export {
  type Messenger,
  type MessengerComponents,
  type MessengerEvents,
  type MessengerInit,
  messenger,
} from './messenger.ts'
export { parseName } from './name.ts'
export { parsePeerAddress } from './network/addresses.ts'
export type { Colleague, ColleagueEvents } from './network/colleagues.ts'
export type { Recorded } from './recorded.ts'
export { RosterGate, type RosterGateEvents, type RosterGateInit } from './roster/gate.ts'
export { holdRoster, openRoster, type RosterKeeper } from './roster/keeper.ts'
export { sanitise, sanitiseLine } from './sanitise.ts'
