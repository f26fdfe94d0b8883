import { isHash } from '@branchline/audit-sink'
import {
  MAX_FILE_BYTES,
  MAX_FILE_NAME_BYTES,
  MAX_ITEM_BYTES,
  MAX_MARKED,
  MAX_PLACE_BYTES,
  MAX_STEP_AFTER,
} from '../limits.ts'
import { isPeer } from '../roster/check.ts'
import type { About, FileAnswer, PullStep } from './about.ts'
import { isPlain } from './plain.ts'

type Check = (value: unknown) => boolean
type Type = About['type']
interface Shape {
  readonly must: Readonly<Record<string, Check>>
  readonly may?: Readonly<Record<string, Check>>
}

/** Whether a message has a text (spec/content.md section 2). */
export const TEXTS: Readonly<Record<Type, 'must' | 'may' | 'none'>> = {
  text: 'must',
  reply: 'must',
  edit: 'must',
  retract: 'none',
  urgent: 'must',
  mark: 'none',
  pull: 'may',
  'pull-step': 'may',
  file: 'may',
  'file-answer': 'none',
  'pass-on': 'may',
  group: 'none',
  desk: 'none',
}

const STEPS: ReadonlySet<unknown> = new Set<PullStep>([
  'claim',
  'release',
  'pulled',
  'not-found',
  'send',
  'cancel',
  'reopen',
])

const ANSWERS: ReadonlySet<unknown> = new Set<FileAnswer>(['accept', 'decline', 'withdraw', 'received', 'wrong'])

/** Whether a file may be offered by this name: it is the name of a file, and leads nowhere. */
export function isFileName(value: unknown): value is string {
  return isPlain(value, MAX_FILE_NAME_BYTES) && !/[/\\]/.test(value) && value !== '.' && value !== '..'
}

function isFileSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= MAX_FILE_BYTES
}

const text =
  (maxBytes: number): Check =>
  (value) =>
    isPlain(value, maxBytes)

function ids(min: number, max: number): Check {
  return (value) =>
    Array.isArray(value) &&
    value.length >= min &&
    value.length <= max &&
    value.every(isHash) &&
    new Set(value).size === value.length
}

const SHAPES: Readonly<Record<Exclude<Type, 'text'>, Shape>> = {
  reply: { must: { to: isHash } },
  edit: { must: { of: isHash } },
  retract: { must: { of: isHash } },
  urgent: { must: {} },
  mark: { must: {}, may: { read: ids(1, MAX_MARKED), acknowledged: ids(1, MAX_MARKED) } },
  pull: { must: { item: text(MAX_ITEM_BYTES), branch: text(MAX_PLACE_BYTES) } },
  'pull-step': { must: { of: isHash, step: (value) => STEPS.has(value), after: ids(0, MAX_STEP_AFTER) } },
  file: { must: { name: isFileName, size: isFileSize, sha256: isHash } },
  'file-answer': { must: { of: isHash, answer: (value) => ANSWERS.has(value) } },
  'pass-on': { must: { of: isHash } },
  group: { must: { name: text(MAX_PLACE_BYTES) } },
  desk: { must: { step: (value) => value === 'on' || value === 'off' } },
}

const HAND_OVER: Shape = { must: { step: (value) => value === 'hand-over', to: isPeer } }

export function isType(type: string): type is Exclude<Type, 'text'> {
  return Object.hasOwn(SHAPES, type)
}

/** @returns the name of the first member that is missing, not known, or not as it should be */
export function flawIn(type: Exclude<Type, 'text'>, members: Readonly<Record<string, unknown>>): string | undefined {
  const { must, may = {} } = type === 'desk' && members['step'] === 'hand-over' ? HAND_OVER : SHAPES[type]
  for (const name of Object.keys(members)) {
    if (name === 'type') continue
    const check = Object.hasOwn(must, name) ? must[name] : Object.hasOwn(may, name) ? may[name] : undefined
    if (check?.(members[name]) !== true) return JSON.stringify(name.slice(0, 40))
  }
  const missing = Object.keys(must).find((name) => !Object.hasOwn(members, name))
  if (missing !== undefined) return JSON.stringify(missing)
  const isEmptyMark = type === 'mark' && members['read'] === undefined && members['acknowledged'] === undefined
  return isEmptyMark ? '"read" or "acknowledged"' : undefined
}
