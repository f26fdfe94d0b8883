import { MessengerError } from '../errors.ts'

/** In the order of their bytes (spec/presence.md section 2). */
const STATES = ['off', 'here', 'busy', 'away'] as const
export type PresenceState = (typeof STATES)[number]

/** @throws TypeError for what is no state, as from a caller without types: nothing else may become a byte */
export function formatPresence(state: PresenceState): Uint8Array {
  const byte = STATES.indexOf(state)
  if (byte === -1) throw new TypeError(`${JSON.stringify(state)} is none of ${STATES.join(', ')}`)
  return Uint8Array.of(byte)
}

/** @throws MessengerError FRAME_MALFORMED */
export function parsePresence(byte: number): PresenceState {
  const state = STATES[byte]
  if (state === undefined) throw new MessengerError('FRAME_MALFORMED', `a peer is in state ${byte}, which there is not`)
  return state
}
