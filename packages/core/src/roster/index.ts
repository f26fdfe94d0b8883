export { assertInForce, fingerprintOf, isNewer, verifyRoster } from './accept.ts'
export { rosterEntry } from './entry.ts'
export { readRoster, writeRoster } from './file.ts'
export { holdRoster, openRoster, type RosterEvents, RosterKeeper } from './keeper.ts'
export { formatRequest, type JoinRequest, parseRequest, requestCheck } from './request.ts'
export {
  firstRoster,
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
export { Standing } from './standing.ts'
export { signSuccession, successionText } from './succession.ts'
