import type { Colleague, HostedMessenger, ShownOrigin } from '@branchline/core'
import { failureOf } from './failure.ts'

const COLLEAGUE_EVENTS = ['colleague:here', 'colleague:found', 'colleague:gone', 'colleague:presence'] as const
const FILE_EVENTS = ['file:offered', 'file:progress', 'file:arrived'] as const

/** Tells all events of a messenger as spec/stdio.md section 5 has them. */
export function tellEvents(messenger: HostedMessenger, say: (line: object) => void): void {
  const tell = (event: string, data: object): void => say({ event, data })
  messenger.addEventListener('message', ({ detail: { value, receipt } }) => {
    const { bytes: _, origin, ...message } = value
    tell('message', { ...message, origin: origin && originOf(origin), seq: receipt.seq })
  })
  messenger.addEventListener('alert', ({ detail: { id, from, conversation, text, sentAt, times } }) => {
    tell('alert', { id, from, conversation, text, sentAt, times })
  })
  messenger.addEventListener('outcome', ({ detail }) => tell('outcome', detail))
  messenger.addEventListener('queue:recorded', ({ detail: { draft, id, seq, conversation, to } }) => {
    tell('queue:recorded', { draft, id, seq, conversation, to })
  })
  messenger.addEventListener('queue:refused', ({ detail: { queued, error } }) => {
    tell('queue:refused', { draft: queued.draft, ...failureOf(error) })
  })
  for (const event of COLLEAGUE_EVENTS) {
    messenger.addEventListener(event, ({ detail }) => tell(event, colleagueOf(detail)))
  }
  for (const event of FILE_EVENTS) messenger.addEventListener(event, ({ detail }) => tell(event, detail))
  messenger.addEventListener('file:failed', ({ detail: { error, ...file } }) => {
    tell('file:failed', { ...file, ...failureOf(error) })
  })
  messenger.addEventListener('audit:failed', ({ detail }) => tell('audit:failed', failureOf(detail.error)))
  messenger.addEventListener('refused', ({ detail: { from, error } }) => {
    tell('refused', { from, ...failureOf(error) })
  })
}

/** What is passed on; its proof stays on record. */
export function originOf({ id, from, name, conversation, sentAt, about, text, isProven }: ShownOrigin): object {
  return { id, from, name, conversation, sentAt, about, text, isProven }
}

export function colleagueOf({ peer, name, link, presence }: Colleague): Colleague {
  return { peer, name, link, presence }
}
