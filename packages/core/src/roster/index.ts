export { assertInForce, fingerprintOf, isNewer, memberOf, verifyRoster, whyNot } from './accept.ts'
export { rosterEntry } from './entry.ts'
export { readRoster, writeRoster } from './file.ts'
export { formatRequest, type JoinRequest, parseRequest, requestCheck } from './request.ts'
export {
  logKeyOf,
  type Member,
  parseRoster,
  type Revocation,
  type Roster,
  type RosterContent,
  rosterLogKey,
  signRoster,
  type Succession,
} from './roster.ts'
export { signSuccession, successionText } from './succession.ts'
