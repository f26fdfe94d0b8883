import type { CliIO } from '../io.ts'
import type { WitnessFlags } from './audit.ts'

/** The directors that are given, and those that the profile remembers, whosever logs are looked at. */
export async function knownDirectors(
  io: CliIO,
  { profile, director = [] }: Pick<WitnessFlags, 'profile' | 'director'>,
): Promise<readonly string[]> {
  const { chooseProfile } = await import('../profile/paths.ts')
  const { settingsFor } = await import('../profile/settings.ts')
  const { directors } = await settingsFor(chooseProfile(io, profile), {})
  return [...director, ...directors]
}
