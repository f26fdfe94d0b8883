import type { RecipientState, StateView } from '@branchline/core'
import { sanitiseLine } from '@branchline/core'

/** As they are told, what is furthest first. */
const WORDS: readonly (readonly [RecipientState, string])[] = [
  ['acknowledged', 'acknowledged'],
  ['read', 'read'],
  ['recorded by peer', 'have it, not read'],
  ['recorded', 'not there yet'],
  ['refused', 'refused'],
  ['expired', 'expired'],
  ['withheld', 'not sent'],
  ['unconfirmed', 'sent, not confirmed'],
]

/** How far a message is with each, by name; a line for each state that there is. */
export function rollCall(states: readonly (StateView & { readonly name: string })[]): string[] {
  return WORDS.flatMap(([state, words]) => {
    const these = states.filter((each) => each.state === state)
    if (these.length === 0) return []
    return [`${words} (${these.length}): ${these.map(told).join(', ')}`]
  })
}

function told({ name, state, time, reason }: StateView & { readonly name: string }): string {
  if (reason !== undefined) return `${name} (${sanitiseLine(reason)})`
  return state === 'acknowledged' || state === 'read' ? `${name} ${clock(time)}` : name
}

function clock(ms: number): string {
  const time = new Date(ms)
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}
