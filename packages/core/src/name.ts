import { MessengerError } from './errors.ts'
import { MAX_NAME_CHARACTERS } from './limits.ts'
import { sanitiseLine } from './sanitise.ts'

const AGENT = 'branchline/0.1'

/**
 * What a person wants to be called. Until a roster vouches for names this is their own word.
 * @throws MessengerError NAME_INVALID
 */
export function parseName(name: string): string {
  const trimmed = name.normalize('NFC').trim()
  if (trimmed === '' || trimmed.length > MAX_NAME_CHARACTERS || sanitiseLine(trimmed) !== trimmed) {
    const message = `a name has 1 to ${MAX_NAME_CHARACTERS} printable characters`
    throw new MessengerError('NAME_INVALID', message)
  }
  return trimmed
}

/** libp2p's identify tells the agent version to every peer; the name rides on it so that it is known before a word is said. */
export function agentVersionOf(name: string | undefined): string {
  return name === undefined ? AGENT : `${AGENT} (${name})`
}

/** @returns undefined when the peer told no name, or none that could be shown */
export function nameOf(agentVersion: string | undefined): string | undefined {
  const told = /^branchline\/[0-9.]+ \((.{1,200})\)$/u.exec(agentVersion ?? '')?.[1]
  try {
    return told === undefined ? undefined : parseName(told)
  } catch {
    return undefined
  }
}
