/** How a finding is meant: all well; worth mending; something does not work; it could not be told. */
export type DoctorVerdict = 'ok' | 'warning' | 'fault' | 'unknown'

/** What was looked at. */
export type DoctorCheck = 'profile' | 'roster' | 'log' | 'disk' | 'network' | 'colleagues' | 'relays' | 'clock'

interface Meaning {
  readonly check: DoctorCheck
  readonly verdict: DoctorVerdict
}

const meaning = (check: DoctorCheck, verdict: DoctorVerdict): Meaning => ({ check, verdict })

/** Every code of a finding, in the order in which findings are told; docs/doctor.md says of each what it means. */
export const DOCTOR_CODES = {
  PROFILE_FREE: meaning('profile', 'ok'),
  PROFILE_RUNS: meaning('profile', 'ok'),
  PROFILE_MISSING: meaning('profile', 'fault'),
  PROFILE_LOCKED: meaning('profile', 'warning'),
  SETTINGS_UNREADABLE: meaning('profile', 'fault'),
  KEY_BAD: meaning('profile', 'fault'),
  IDENTITY_HERE: meaning('profile', 'unknown'),
  IDENTITY_ELSEWHERE: meaning('profile', 'fault'),

  ROSTER_IN_FORCE: meaning('roster', 'ok'),
  ROSTER_MISSING: meaning('roster', 'fault'),
  ROSTER_BAD: meaning('roster', 'fault'),
  ROSTER_OVER: meaning('roster', 'fault'),
  ROSTER_ENDS_SOON: meaning('roster', 'warning'),
  ROSTER_OLD: meaning('roster', 'warning'),
  ROSTER_TWO: meaning('roster', 'fault'),
  MEMBER_LISTED: meaning('roster', 'ok'),
  MEMBER_NOT_LISTED: meaning('roster', 'fault'),
  MEMBER_TAKEN_OFF: meaning('roster', 'fault'),
  MEMBER_NOT_NOW: meaning('roster', 'fault'),
  MEMBER_ENDS_SOON: meaning('roster', 'warning'),
  LOG_KEY_OTHER: meaning('roster', 'fault'),

  LOG_OPENS: meaning('log', 'ok'),
  LOG_NOT_BEGUN: meaning('log', 'ok'),
  LOG_NOTE_BEHIND: meaning('log', 'warning'),
  LOG_TIME_AHEAD: meaning('log', 'warning'),
  LOG_DOES_NOT_OPEN: meaning('log', 'fault'),
  LOG_UNTRIED: meaning('log', 'unknown'),

  DISK_FAST: meaning('disk', 'ok'),
  DISK_SLOW: meaning('disk', 'warning'),
  DISK_STALLS: meaning('disk', 'fault'),
  DISK_FAILS: meaning('disk', 'fault'),
  DISK_HAS_ROOM: meaning('disk', 'ok'),
  DISK_NEARLY_FULL: meaning('disk', 'warning'),
  DISK_FULL: meaning('disk', 'fault'),
  DISK_FORGETS: meaning('disk', 'warning'),
  DISK_ELSEWHERE: meaning('disk', 'warning'),

  LAN_PROVEN: meaning('network', 'ok'),
  LAN_ONE_WAY: meaning('network', 'warning'),
  LAN_SILENT: meaning('network', 'unknown'),
  LAN_DROPPED: meaning('network', 'fault'),
  LAN_CUT_OFF: meaning('network', 'fault'),
  LAN_UNICAST_ONLY: meaning('network', 'fault'),
  LAN_DEAF: meaning('network', 'fault'),
  LAN_NOT_SENT: meaning('network', 'fault'),
  LAN_PORT_TAKEN: meaning('network', 'fault'),
  LAN_MULTICAST_OFF: meaning('network', 'fault'),
  LAN_NO_CABLE: meaning('network', 'fault'),
  LAN_OFF: meaning('network', 'ok'),
  VPN_SILENT: meaning('network', 'unknown'),
  NETWORK_NONE: meaning('network', 'fault'),

  COLLEAGUE_REACHED: meaning('colleagues', 'ok'),
  COLLEAGUE_THERE: meaning('colleagues', 'ok'),
  COLLEAGUE_SILENT: meaning('colleagues', 'fault'),
  COLLEAGUE_CLOSED: meaning('colleagues', 'warning'),
  COLLEAGUE_ANOTHER: meaning('colleagues', 'fault'),
  COLLEAGUE_TURNS_AWAY: meaning('colleagues', 'fault'),
  COLLEAGUE_ODD: meaning('colleagues', 'warning'),
  COLLEAGUE_STRANGER: meaning('colleagues', 'warning'),
  COLLEAGUE_AWAY: meaning('colleagues', 'warning'),
  CLIENTS_ISOLATED: meaning('colleagues', 'fault'),
  COLLEAGUES_NONE: meaning('colleagues', 'unknown'),
  COLLEAGUES_MANY: meaning('colleagues', 'unknown'),

  RELAY_SERVES: meaning('relays', 'ok'),
  RELAY_THERE: meaning('relays', 'unknown'),
  RELAY_SILENT: meaning('relays', 'fault'),
  RELAY_CLOSED: meaning('relays', 'fault'),
  RELAY_ANOTHER: meaning('relays', 'fault'),
  RELAY_TURNS_AWAY: meaning('relays', 'fault'),
  RELAY_NO_PLACE: meaning('relays', 'fault'),
  RELAY_LIMITED: meaning('relays', 'fault'),
  RELAY_NONE_THERE: meaning('relays', 'fault'),
  RELAY_ADDRESS_BAD: meaning('relays', 'fault'),
  RELAYS_NOT_NEEDED: meaning('relays', 'ok'),
  RELAYS_MISSING: meaning('relays', 'warning'),
  RELAYS_ONE: meaning('relays', 'warning'),

  CLOCK_RIGHT: meaning('clock', 'ok'),
  CLOCK_OFF: meaning('clock', 'warning'),
  CLOCK_WRONG: meaning('clock', 'fault'),
  CLOCK_OF_PEER_OFF: meaning('clock', 'warning'),
  CLOCK_UNKNOWN: meaning('clock', 'unknown'),
} as const satisfies Readonly<Record<string, Meaning>>

export type DoctorCode = keyof typeof DOCTOR_CODES
