import type { Colleague, HostedMessenger } from '@branchline/core'
import { findColleague } from './find-colleague.ts'

const LOOK_EVERY_MS = 50

/**
 * Waits until somebody of that name, or with that peer ID, is here.
 * @throws CliError PEER_UNKNOWN or PEER_AMBIGUOUS when the time is over
 */
export async function awaitColleague(
  messenger: HostedMessenger,
  wanted: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Colleague> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    signal.throwIfAborted()
    const here = messenger.colleagues().filter(({ link }) => link !== 'away')
    try {
      return findColleague(here, wanted)
    } catch (error) {
      if (Date.now() >= deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
}
