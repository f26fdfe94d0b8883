import { originOf } from '@branchline/audit-sink'
import { openIdentity, openRoster, peerIdOf } from '@branchline/core'
import { Past } from '../chat/past.ts'
import { Places } from '../chat/places.ts'
import { undeliveredIn, wordsIn } from '../chat/waiting.ts'
import { CliError } from '../cli-error.ts'
import type { CliIO } from '../io.ts'
import { openLogForReading } from '../log-source.ts'
import { assertLog } from '../profile/open.ts'
import type { ProfilePaths } from '../profile/paths.ts'

export interface WaitingMessage {
  /** Message ID. */
  readonly id: string
  readonly seq: number
  /** When it was recorded, milliseconds since 1970. */
  readonly time: number
  /** Where it was said, as it is shown. */
  readonly place: string
  /** The beginning of it. */
  readonly words: string
  readonly missing: readonly { readonly peer: string; readonly name: string }[]
}

/** @throws CliError LOG_MISSING */
export async function waitingAt(io: CliIO, paths: ProfilePaths): Promise<WaitingMessage[]> {
  await assertLog(paths)
  const self = peerIdOf(await openIdentity(paths.identity))
  await using log = await openLogForReading(io, paths.folder)
  const { source } = log
  const head = async () => {
    const found = await source.head()
    if (found === undefined) throw new CliError('LOG_MISSING', `there is no log in ${paths.folder}; name a profile`)
    return found
  }
  await using past = new Past({ sink: { read: (range) => source.read(range), head, origin: originOf(self) }, self })
  const messenger = { peerId: self, colleagues: () => [] }
  const places = new Places({ messenger, roster: await openRoster(paths.roster) }, past)
  const waiting = await undeliveredIn(past)
  return waiting.map(({ seq, time, peers, said }) => ({
    id: said.id,
    seq,
    time,
    place: places.of(said).label,
    words: wordsIn(said),
    missing: peers.map((peer) => places.people.who(peer)),
  }))
}
