import type { About } from '@branchline/core'
import { type Check, hash, invalid, isObject, list, object, oneOf, optional, string } from './check.ts'
import { MAX_ITEM_CHARACTERS, MAX_PLACE_CHARACTERS, MAX_STEP_AFTER } from './limits.ts'
import { whom } from './whom.ts'

type Step = Extract<About, { type: 'pull-step' }>
/** What a message is to do: a step may leave open what it comes after, and a name may stand for a peer ID. */
export type Deed =
  | Exclude<About, { type: 'text' | 'mark' | 'file' | 'file-answer' | 'pass-on' | 'pull-step' }>
  | (Omit<Step, 'after'> & { readonly after: Step['after'] | undefined })

export const place = string(MAX_PLACE_CHARACTERS)

const SHAPES: { readonly [T in Deed['type']]: Check<Extract<Deed, { type: T }>> } = {
  reply: object({ type: oneOf('reply'), to: hash }),
  edit: object({ type: oneOf('edit'), of: hash }),
  retract: object({ type: oneOf('retract'), of: hash }),
  urgent: object({ type: oneOf('urgent') }),
  pull: object({ type: oneOf('pull'), item: string(MAX_ITEM_CHARACTERS), branch: place }),
  'pull-step': object({
    type: oneOf('pull-step'),
    of: hash,
    step: oneOf('claim', 'release', 'pulled', 'not-found', 'send', 'cancel', 'reopen'),
    after: optional(list(hash, 0, MAX_STEP_AFTER)),
  }),
  group: object({ type: oneOf('group'), name: place }),
  desk: (value, name) =>
    isObject(value) && value['step'] === 'hand-over' ? HAND_OVER(value, name) : AT_DESK(value, name),
}
const AT_DESK = object({ type: oneOf('desk'), step: oneOf('on', 'off') })
const HAND_OVER = object({ type: oneOf('desk'), step: oneOf('hand-over'), to: whom })

/** What is allowed in the words themselves, and by whom, is for the messenger to say. */
export const about: Check<Deed> = (value, name) => {
  const type = isObject(value) ? value['type'] : undefined
  if (typeof type === 'string' && isType(type)) return SHAPES[type](value, name)
  throw invalid(`${name}.type`, `is none of ${Object.keys(SHAPES).join(', ')}`)
}

function isType(type: string): type is Deed['type'] {
  return Object.hasOwn(SHAPES, type)
}
