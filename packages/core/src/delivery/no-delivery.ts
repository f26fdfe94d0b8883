import { MessengerError } from '../errors.ts'

/** A peer's words go into our record: cut to size, and made well formed. */
export function refusedBy(peer: string, code: string, reason: string): MessengerError {
  const known = /^[A-Z_]{1,40}$/.test(code) ? code : 'UNKNOWN'
  const words = reason.slice(0, 256).toWellFormed()
  return new MessengerError('REFUSED', `${peer} did not take the message: ${known}${words && `: ${words}`}`)
}

export function unreachable(peer: string, cause?: unknown): MessengerError {
  const message = `there is no way to ${peer} now; nothing was recorded or sent`
  return new MessengerError('PEER_UNREACHABLE', message, { cause })
}
