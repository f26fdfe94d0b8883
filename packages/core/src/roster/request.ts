import { hash } from 'node:crypto'
import { MessengerError } from '../errors.ts'
import { MAX_REQUEST_CHARACTERS } from '../limits.ts'
import { isLogKey, isMemberName, isPeer } from './check.ts'
import type { Member } from './roster.ts'

/** What somebody gives the director to be put on the roster (spec/roster.md section 5). */
export type JoinRequest = Pick<Member, 'peer' | 'log' | 'name'>

const VERSION = 'branchline-request-1'
const CHECK_DIGITS = 8
const CODE = /^(branchline-request-1\.([0-9A-Za-z]+)\.([0-9a-f]+)\.([0-9A-Za-z_-]+))\.([0-9a-f]{8})$/

export function formatRequest({ peer, log, name }: JoinRequest): string {
  const said = [VERSION, peer, log, Buffer.from(name).toString('base64url')].join('.')
  return `${said}.${checkOf(said)}`
}

/** The end of a code, by which two people can see over the telephone that they have the same one. */
export function requestCheck(code: string): string {
  return code.slice(-CHECK_DIGITS)
}

/** @throws MessengerError REQUEST_MALFORMED */
export function parseRequest(code: string): JoinRequest {
  if (code.length > MAX_REQUEST_CHARACTERS) malformed('it is too long')
  const [, said = '', peer = '', log = '', encoded = '', check] = CODE.exec(code) ?? []
  if (said === '') malformed('copy all of it, from "branchline-request-1" on')
  if (checkOf(said) !== check) malformed('it was not copied as it was')
  const name = Buffer.from(encoded, 'base64url').toString('utf8')
  const isWhole = formatRequest({ peer, log, name }) === code
  if (!isWhole || !isPeer(peer) || !isLogKey(log) || !isMemberName(name)) malformed('it names nobody')
  return { peer, log, name }
}

function checkOf(said: string): string {
  return hash('sha256', said, 'hex').slice(0, CHECK_DIGITS)
}

function malformed(why: string): never {
  throw new MessengerError('REQUEST_MALFORMED', `that is no request code: ${why}`)
}
