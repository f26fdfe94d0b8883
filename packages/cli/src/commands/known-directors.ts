import { stat } from 'node:fs/promises'
import type { CliIO } from '../io.ts'
import type { ProfilePaths } from '../profile/paths.ts'
import type { WitnessFlags } from './audit.ts'

/** The directors that are given, those on the profile's roster, and those that it remembers, whosever logs are looked at. */
export async function knownDirectors(
  io: CliIO,
  { profile, director = [] }: Pick<WitnessFlags, 'profile' | 'director'>,
): Promise<readonly string[]> {
  const { chooseProfile } = await import('../profile/paths.ts')
  const { settingsFor } = await import('../profile/settings.ts')
  const paths = chooseProfile(io, profile)
  const { directors } = await settingsFor(paths, {})
  return [...director, ...(await directorsOnRoster(paths)), ...directors]
}

/** One that has expired still says who the directors are. */
async function directorsOnRoster({ roster }: ProfilePaths): Promise<readonly string[]> {
  if ((await stat(roster).catch(() => undefined)) === undefined) return []
  const { openRoster } = await import('@branchline/core/roster')
  return (await openRoster(roster)).current.directors
}
