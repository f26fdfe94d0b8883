import type { Roster } from '../roster/roster.ts'
import { Standing } from '../roster/standing.ts'
import { rosterStateOf } from '../spread/roster-spread.ts'
import type { PeerFacts } from './facts.ts'
import { type Finding, finding } from './finding.ts'

const DAY_MS = 86_400_000
/** As `chat` warns. */
const SOON_MS = 30 * DAY_MS

export interface RosterFound {
  readonly roster: Roster
  /** Our peer ID. */
  readonly self: string | undefined
  /** Every key that our log has or had, as the roster has one: 64 hex digits each; none when they are not known. */
  readonly logKeys: readonly string[]
  readonly peers: readonly PeerFacts[]
  readonly now: number
}

const day = (time: number): string => new Date(time).toISOString().slice(0, 10)
const ASK = 'Ask the director for the newest roster, and bring it here: branchline join FILE'

export function judgeRoster(found: RosterFound): Finding[] {
  return [judgeTime(found), ...judgeOthers(found), ...judgeSelf(found)]
}

function judgeTime({ roster: { library, serial, expires, members }, now }: RosterFound): Finding {
  const measured = { library, serial, expiresMs: expires, members: members.length }
  const about = { subject: library, measured }
  if (now >= expires) {
    const says = `Roster number ${serial} was in force until ${day(expires)}: nobody takes part by it any more.`
    return finding('ROSTER_OVER', { ...about, says, todo: ASK })
  }
  const says = `Roster number ${serial} is in force until ${day(expires)}.`
  if (expires - now < SOON_MS) return finding('ROSTER_ENDS_SOON', { ...about, says, todo: ASK })
  return finding('ROSTER_IN_FORCE', { ...about, says })
}

function judgeOthers({ roster, peers }: RosterFound): Finding[] {
  const ours = rosterStateOf(roster)
  const held = peers.flatMap(({ peer, name, probe }) =>
    probe?.rosterSerial === undefined
      ? []
      : [{ who: name ?? peer, serial: probe.rosterSerial, hash: probe.rosterHash }],
  )
  const newer = held.filter(({ serial }) => serial > ours.serial).toSorted((a, b) => b.serial - a.serial)[0]
  const other = held.find(({ serial, hash }) => serial === ours.serial && hash !== ours.hash)
  const findings: Finding[] = []
  if (newer !== undefined) {
    findings.push(
      finding('ROSTER_OLD', {
        subject: roster.library,
        measured: { serial: ours.serial, newestSerial: newer.serial },
        says: `${newer.who} holds roster number ${newer.serial}, and here is number ${ours.serial}.`,
        todo: 'Start a chat: the newer one comes by itself. If not, ask the director for it: branchline join FILE',
      }),
    )
  }
  if (other !== undefined) {
    findings.push(
      finding('ROSTER_TWO', {
        subject: roster.library,
        measured: { serial: ours.serial },
        says: `${other.who} holds another roster under the same number ${ours.serial}: a director signed two.`,
        todo: 'Keep both files and tell the director, who signs a new one with a higher number.',
      }),
    )
  }
  return findings
}

function judgeSelf({ roster, self, logKeys, now }: RosterFound): Finding[] {
  if (self === undefined) return []
  const standing = new Standing(roster)
  if (standing.isRelay(self)) {
    const says = 'This profile is that of a relay on the roster.'
    return [finding('MEMBER_LISTED', { subject: self, says, measured: { isRelay: true } })]
  }
  const why = standing.whyNot(self, now)
  const member = standing.member(self)
  if (why !== undefined || member === undefined) return [judgeAbsence(self, why)]
  const { name, branch, until, log } = member
  const about = { subject: name, measured: { peer: self, branch, untilMs: until } }
  const end = until === undefined ? '' : ` until ${day(until)}`
  const says = `On the roster as ${name}, ${branch}${end}.`
  const endsSoon = until !== undefined && until - now < SOON_MS
  const listed = endsSoon
    ? finding('MEMBER_ENDS_SOON', { ...about, says, todo: 'If you stay, ask the director for a later date.' })
    : finding('MEMBER_LISTED', { ...about, says })
  if (logKeys.length === 0 || logKeys.includes(log)) return [listed]
  return [
    listed,
    finding('LOG_KEY_OTHER', {
      subject: name,
      says: 'The log of this profile never had the key that is on the roster: colleagues refuse what is sent (LOG_UNLISTED).',
      todo: 'If the profile was made anew, give the director the code that "branchline join" prints.',
    }),
  ]
}

function judgeAbsence(self: string, why: ReturnType<Standing['whyNot']>): Finding {
  const about = {
    subject: self,
    measured: { reason: why?.code },
    says: `This device takes no part: ${why?.message ?? ''}.`,
  }
  if (why?.code === 'MEMBER_REVOKED') {
    return finding('MEMBER_TAKEN_OFF', { ...about, todo: 'Ask the director, who gave the reason.' })
  }
  if (why?.code === 'MEMBER_EXPIRED') {
    return finding('MEMBER_NOT_NOW', {
      ...about,
      todo: 'Ask the director for another date; see whether the clock here is right.',
    })
  }
  const todo = 'Give the director the code that "branchline join" prints, and bring back the roster that comes of it.'
  return finding('MEMBER_NOT_LISTED', { ...about, todo })
}
