import { type PullStage, type PullState, pullState } from '../content/pull.ts'
import { MAX_LOOKED_AT } from '../limits.ts'
import { limited } from './conversations.ts'
import * as keys from './keys.ts'
import { authorIn, type Reader } from './reader.ts'
import type { Deed, Row } from './row.ts'
import type { PullStepView, PullView } from './views.ts'

export interface PullOptions {
  readonly state?: PullStage | undefined
  /** At most 200, which is the default. */
  readonly limit?: number | undefined
}

/** The newest first; of those in a state, among the newest 10,000. */
export async function listPulls(reader: Reader, { state, limit }: PullOptions = {}): Promise<PullView[]> {
  const views: PullView[] = []
  const max = limited(limit)
  for await (const id of reader.db.values({ ...keys.family('v'), reverse: true, limit: MAX_LOOKED_AT })) {
    if (views.length === max) break
    const row = reader.row(id)
    if (row === undefined) continue
    const steps = await stepsOf(reader, row)
    const stand = pullState({ author: row.from }, steps.map(moveOf))
    if (state === undefined || stand.state === state) views.push(await viewOf(reader, row, steps, stand))
  }
  return views
}

type StepRow = Row & { readonly deed: Extract<Deed, { type: 'pull-step' }> }

async function stepsOf(reader: Reader, pull: Row): Promise<StepRow[]> {
  const found = await reader.db.keys(keys.under(keys.effects(pull.id, 'p', pull.conversation))).all()
  const byParty = found.filter((key) => reader.isParty(pull, authorIn(key)))
  return byParty
    .map((key) => reader.row(keys.idAtEnd(key)))
    .filter((row) => row?.deed.type === 'pull-step') as StepRow[]
}

function moveOf({ id, from, deed: { step, after } }: StepRow) {
  return { id, author: from, step, after }
}

async function viewOf(reader: Reader, row: Row, steps: readonly StepRow[], stand: PullState): Promise<PullView> {
  const request = await reader.said(row)
  const { item, branch } = request.about.type === 'pull' ? request.about : { item: '', branch: '' }
  const { state, by, heads } = stand
  return { request, item, branch, state, by, heads, steps: stepViews(steps, stand) }
}

function stepViews(steps: readonly StepRow[], { counted, tooLate }: PullState): PullStepView[] {
  const byId = new Map(steps.map((row) => [row.id, row]))
  return counted.map((id) => {
    const { from, sentAt, deed } = byId.get(id) as StepRow
    return { id, author: from, step: deed.step, sentAt, isTooLate: tooLate.includes(id) }
  })
}
