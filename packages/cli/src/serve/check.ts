import { type Hash, isHash } from '@branchline/audit-sink'
import { CliError } from '../cli-error.ts'

/**
 * Narrows a value that may be anything.
 * @param name - of the member, for whoever is told what is wrong
 * @throws CliError PARAMS_INVALID
 */
export type Check<T> = (value: unknown, name: string) => T
type Shape = Readonly<Record<string, Check<unknown>>>
type Narrowed<S extends Shape> = { readonly [K in keyof S]: ReturnType<S[K]> }

const MAX_NAME_SHOWN = 64

export function invalid(name: string, what: string): CliError {
  return new CliError('PARAMS_INVALID', `${JSON.stringify(name.slice(0, MAX_NAME_SHOWN))} ${what}`)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object of these members and no others. */
export function object<S extends Shape>(shape: S): Check<Narrowed<S>> {
  return (value, name) => {
    if (!isObject(value)) throw invalid(name, 'is no object')
    const unknown = Object.keys(value).find((each) => !Object.hasOwn(shape, each))
    if (unknown !== undefined) throw invalid(`${name}.${unknown}`, 'is not known')
    const members = Object.entries(shape).map(([each, check]) => {
      const member = Object.hasOwn(value, each) ? value[each] : undefined
      return [each, check(member, `${name}.${each}`)]
    })
    return Object.fromEntries(members) as Narrowed<S>
  }
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, name) => (value === undefined ? undefined : check(value, name))
}

/** Well-formed Unicode of 1 to so many characters. */
export function string(max: number): Check<string> {
  return (value, name) => {
    if (typeof value === 'string' && value.length >= 1 && value.length <= max && value.isWellFormed()) return value
    throw invalid(name, `is no text of 1 to ${max} characters`)
  }
}

/** How long it may be is for whoever says it to know, with a code of its own. */
export const text: Check<string> = (value, name) => {
  if (typeof value === 'string' && value.isWellFormed()) return value
  throw invalid(name, 'is no text')
}

export function integer(min: number, max: number): Check<number> {
  return (value, name) => {
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return value as number
    throw invalid(name, `is no whole number from ${min} to ${max}`)
  }
}

export function oneOf<const T extends string>(...values: readonly T[]): Check<T> {
  return (value, name) => {
    if (values.includes(value as T)) return value as T
    throw invalid(name, `is none of ${values.join(', ')}`)
  }
}

export function list<T>(check: Check<T>, min: number, max: number): Check<readonly T[]> {
  return (value, name) => {
    if (!Array.isArray(value) || value.length < min || value.length > max) {
      throw invalid(name, `is no list of ${min} to ${max}`)
    }
    return value.map((each, n) => check(each, `${name}[${n}]`))
  }
}

const DRAFT = /^[0-9a-f]{32}$/

export const draft: Check<string> = (value, name) => {
  if (typeof value === 'string' && DRAFT.test(value)) return value
  throw invalid(name, 'is no draft of 32 hex digits')
}

export const hash: Check<Hash> = (value, name) => {
  if (isHash(value)) return value
  throw invalid(name, 'is no message ID of 64 hex digits')
}
