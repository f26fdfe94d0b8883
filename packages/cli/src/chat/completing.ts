import { written } from './parse-line.ts'
import type { Talk } from './verb.ts'
import { VERBS } from './verbs/index.ts'

/** A name that is begun at the end of a line, also within quotes. */
const BEGUN = /(?:^|\s)([@#+])("[^"]*|[^\s"]*)$/u

/**
 * Tab: commands after `/`, colleagues and desks after `@`, rooms after `#`, groups after `+`.
 * @returns what the end of the line may become, and that end
 */
export function complete({ places }: Pick<Talk, 'places'>, line: string): [string[], string] {
  const [, verb] = /^\/(\w*)$/.exec(line) ?? []
  if (verb !== undefined) return [verbsLike(verb), line]
  const [, sign, typed = ''] = BEGUN.exec(line) ?? []
  if (sign !== '@' && sign !== '#' && sign !== '+') return [[], line]
  const begun = typed.replace(/^"/, '').toLowerCase()
  const names = { '@': () => namesIn(places), '#': () => places.rooms(), '+': () => places.groups() }[sign]()
  const found = [...new Set(names)].filter((name) => name.toLowerCase().startsWith(begun))
  return [found.map((name) => `${written({ sign, name })} `), `${sign}${typed}`]
}

function verbsLike(begun: string): string[] {
  const verbs = Object.keys(VERBS).filter((verb) => verb.startsWith(begun))
  return verbs.toSorted().map((verb) => `/${verb} `)
}

function namesIn(places: Talk['places']): string[] {
  return [...places.people.all().flatMap(({ name }) => (name === undefined ? [] : [name])), ...places.desks()]
}
