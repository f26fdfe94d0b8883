import type { AuditRecord } from './record.ts'

type Optional = Exclude<keyof AuditRecord, 'actor' | 'boot' | 'kind' | 'mono' | 'prev' | 'seq' | 'time' | 'v'>

export interface KindRule {
  readonly must: readonly Optional[]
  readonly may: readonly Optional[]
  /** Members that `detail` must have, each with the values that it may take (absent: any string). */
  readonly detail?: Readonly<Record<string, readonly string[] | undefined>>
}

const FREE: KindRule = {
  must: [],
  may: ['peers', 'conversation', 'message', 'payloads', 'seen', 'ref', 'reason', 'detail'],
}

/** What became of a message that was recorded as sent (spec/audit-log.md section 3). */
const OUTCOMES = ['delivered', 'refused', 'unconfirmed', 'withheld', 'expired'] as const
export type OutcomeResult = (typeof OUTCOMES)[number]

/** The table of spec/audit-log.md section 3. */
const KIND_RULES = {
  genesis: { must: ['detail'], may: [], detail: { origin: undefined, key: undefined } },
  sent: { must: ['peers', 'payloads'], may: ['conversation', 'ref', 'detail', 'seen'] },
  received: { must: ['peers', 'message', 'payloads'], may: ['conversation', 'detail', 'seen'] },
  outcome: {
    must: ['peers', 'message', 'ref', 'detail'],
    may: ['payloads', 'reason', 'seen', 'conversation'],
    detail: { result: OUTCOMES },
  },
  refused: {
    must: ['peers', 'detail'],
    may: ['message', 'reason', 'payloads', 'seen'],
    detail: { code: undefined },
  },
  witnessed: { must: ['peers', 'seen'], may: ['payloads'] },
  session: {
    must: ['detail'],
    may: ['payloads', 'reason', 'peers', 'ref'],
    detail: { event: ['start', 'stop', 'notice'] },
  },
  roster: FREE,
  view: FREE,
  export: FREE,
  review: FREE,
  redact: { ...FREE, must: ['ref', 'detail'], detail: { label: undefined } },
  hold: FREE,
  release: FREE,
  'key-rotate': { must: ['reason', 'detail'], may: ['payloads'] },
  'clock-jump': FREE,
  recovery: { must: ['detail'], may: ['reason', 'payloads'] },
  seal: FREE,
} as const satisfies Record<string, KindRule>

export type RecordKind = keyof typeof KIND_RULES

/** The rule of each kind, with the members that it does not admit. */
export const KIND_CHECKS: ReadonlyMap<string, KindRule & { readonly barred: readonly Optional[] }> = new Map(
  Object.entries<KindRule>(KIND_RULES).map(([kind, rule]) => {
    const barred = FREE.may.filter((name) => !rule.must.includes(name) && !rule.may.includes(name))
    return [kind, { ...rule, barred }]
  }),
)
