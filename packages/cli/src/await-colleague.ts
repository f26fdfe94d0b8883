import type { Colleague, HostedMessenger, RosterKeeper } from '@branchline/core'
import { findColleague, withMembers } from './find-colleague.ts'

export interface Found {
  readonly messenger: Pick<HostedMessenger, 'colleagues' | 'peerId'>
  readonly roster: RosterKeeper
}

export interface Awaiting {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

const LOOK_EVERY_MS = 50

/**
 * Waits until somebody of that name, or with that peer ID, is here or can be reached. When the time is over: whoever the
 * roster calls so, for a message may get through to them all the same.
 * @throws CliError PEER_UNKNOWN or PEER_AMBIGUOUS when the time is over
 */
export async function awaitColleague(
  { messenger, roster }: Found,
  wanted: string,
  { timeoutMs, signal }: Awaiting,
): Promise<Colleague> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    signal.throwIfAborted()
    const here = messenger.colleagues().filter(({ link }) => link !== 'away')
    try {
      return findColleague(here, wanted)
    } catch {
      if (Date.now() >= deadline) return findColleague(withMembers(messenger, roster), wanted)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
