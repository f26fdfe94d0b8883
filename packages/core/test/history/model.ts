import { type AuditRecord, type Hash, leafHash, parseRecord } from '@branchline/audit-sink'
import { type About, parseContent } from '../../src/content/content.ts'
import { inThreadOrder } from '../../src/content/thread-order.ts'
import type { Deed } from '../../src/history/row.ts'
import type { History } from '../../src/index.ts'
import { SELF, type TestLog } from './test-log.ts'

interface Told {
  readonly id: Hash
  readonly seq: number
  readonly own: boolean
  readonly from: string
  readonly to: readonly string[]
  readonly time: number
  readonly conversation: string
  readonly after: readonly Hash[]
  readonly about: About | Deed
  readonly hasText: boolean
  readonly isErased: boolean
  readonly text: string | undefined
}

/** The same questions as those of `History`, answered from the whole log in the plainest way. */
export function modelOf(log: TestLog) {
  const records = log.entries.map(({ line }) => parseRecord(line))
  const told = records.flatMap((record, seq) => toldIn(log, record, seq))
  const byId = new Map(told.map((each) => [each.id, each]))
  const conversations = [...new Set(told.map(({ conversation }) => conversation))]
  const order = new Map(conversations.map((name) => [name, orderOf(told, name)]))

  const on = <T extends Deed['type']>(target: Told, type: T) =>
    (order.get(target.conversation) as Told[]).filter(
      (each): each is Told & { about: Extract<Deed, { type: T }> } => each.about.type === type,
    )
  const edit = (of: Told) => on(of, 'edit').findLast((each) => each.about.of === of.id && each.from === of.from)
  const isRetracted = (of: Told) => on(of, 'retract').some((each) => each.about.of === of.id && each.from === of.from)
  const isParty = (of: Told, peer: string) => of.from === peer || of.to.includes(peer)
  const marks = (of: Told, list: 'read' | 'acknowledged', peer: string) =>
    on(of, 'mark')
      .filter((each) => each.from === peer && each.about[list].includes(of.id))
      .map(({ time }) => time)
  const said = (each: Told) => {
    const now = edit(each) ?? each
    return {
      id: each.id,
      text: isRetracted(each) ? undefined : now.text,
      isEdited: edit(each) !== undefined,
      isRetracted: isRetracted(each),
      isErased: now.isErased,
      replies: on(each, 'reply').filter(({ about, from }) => about.to === each.id && isParty(each, from)).length,
    }
  }
  const isShown = ({ about }: Told) => !['edit', 'retract', 'mark', 'gone'].includes(about.type)
  const toRead = new Set<Deed['type']>(['text', 'reply', 'urgent', 'pull'])

  return {
    pages: Object.fromEntries(
      conversations.map((name) => [name, (order.get(name) as Told[]).filter(isShown).map(said)]),
    ),
    unread: Object.fromEntries(
      conversations
        .filter((name) => (order.get(name) as Told[]).some(isShown))
        .map((name) => [
          name,
          (order.get(name) as Told[]).filter(
            (each) => !each.own && toRead.has(each.about.type) && marks(each, 'read', SELF).length === 0,
          ).length,
        ]),
    ),
    alerts: told
      .filter((each) => !each.own && each.about.type === 'urgent' && marks(each, 'acknowledged', SELF).length === 0)
      .map(({ id }) => id),
    undelivered: records
      .flatMap((record, seq) =>
        record.kind === 'sent' && record.detail?.['kept'] === 1
          ? (record.peers ?? []).map((peer) => ({ peer, seq }))
          : [],
      )
      .filter(
        ({ peer, seq }) =>
          !records.some(({ kind, ref, peers }) => kind === 'outcome' && ref === seq && peers?.[0] === peer),
      )
      .toSorted((a, b) => (a.peer < b.peer ? -1 : Number(a.peer > b.peer)) || a.seq - b.seq),
    states: Object.fromEntries(
      told
        .filter(({ own }) => own)
        .map((each) => [
          each.id,
          each.to.toSorted().map((peer) => {
            const outcomes = records.filter(
              ({ kind, ref, peers }) => kind === 'outcome' && ref === each.seq && peers?.[0] === peer,
            )
            const delivered = outcomes.findLast(({ detail }) => detail?.['result'] === 'delivered')
            const first = (list: 'read' | 'acknowledged') => marks(each, list, peer).toSorted((a, b) => a - b)[0]
            return {
              peer,
              outcome: (delivered ?? outcomes.at(-1))?.detail?.['result'],
              read: first('read'),
              acknowledged: first('acknowledged'),
            }
          }),
        ]),
    ),
    found: (word: string) =>
      told
        .filter(({ id, about, text }) => {
          const target = about.type === 'edit' ? byId.get(about.of) : byId.get(id)
          if (text === undefined || target === undefined || target.isErased || isRetracted(target)) return false
          return (edit(target) ?? target).id === id && text.split(' ').includes(word)
        })
        .toReversed()
        .map(({ id, about }) => (about.type === 'edit' ? about.of : id)),
  }
}

function orderOf(told: readonly Told[], conversation: string): Told[] {
  return inThreadOrder(told.filter((each) => each.conversation === conversation))
}

function toldIn({ entries }: TestLog, record: AuditRecord, seq: number): Told[] {
  const own = record.kind === 'sent'
  if (!own && record.kind !== 'received') return []
  const { line, payloads } = entries[seq] as TestLog['entries'][number]
  const kept = new Map(payloads.map(({ label, bytes }) => [label, bytes]))
  const lineOfAuthor = kept.get('record')
  const sent = own ? record : lineOfAuthor && parseRecord(lineOfAuthor)
  const from = own ? SELF : (record.peers?.[0] as string)
  const to = sent?.peers ?? [SELF]
  const labels = (record.payloads ?? [])
    .map(([label]) => label)
    .filter((label) => label !== 'record' && label !== 'proof')
  const hasText = labels.includes('text')
  const content =
    labels.includes('content') && !kept.has('content')
      ? undefined
      : parseContent(labels.map((label) => ({ label, bytes: kept.get(label) ?? Buffer.from('x') })))
  const isErased = labels.some((label) => !kept.has(label))
  return [
    {
      id: own ? leafHash(line) : (record.message as Hash),
      seq,
      own,
      from,
      to,
      time: sent?.time ?? record.time,
      conversation: record.conversation ?? (own ? (to[0] as string) : from),
      after: String(record.detail?.['after'] ?? '')
        .split(' ')
        .filter((id) => id !== ''),
      about: content?.about ?? { type: hasText ? 'text' : 'gone' },
      hasText,
      isErased,
      text: isErased || content?.text === undefined ? undefined : Buffer.from(content.text).toString(),
    },
  ]
}

/** What a history says, in the shape of the model. */
export async function answersOf(
  history: History,
  { pages, states }: ReturnType<typeof modelOf>,
  words: readonly string[],
) {
  const undelivered = []
  for await (const { peer, seq } of history.undelivered()) undelivered.push({ peer, seq })
  const pagesNow = await Promise.all(
    Object.keys(pages).map(async (name) => [
      name,
      (await history.read(name)).map(({ id, text, isEdited, isRetracted, isErased, replies }) => {
        return { id, text, isEdited, isRetracted, isErased, replies }
      }),
    ]),
  )
  const statesNow = await Promise.all(
    Object.keys(states).map(async (id) => [
      id,
      (await history.states(id)).map(({ peer, read, acknowledged }) => ({ peer, read, acknowledged })),
    ]),
  )
  const views = await history.conversations()
  return {
    pages: Object.fromEntries(pagesNow),
    states: Object.fromEntries(statesNow),
    unread: Object.fromEntries(views.map(({ conversation, unread }) => [conversation, unread])),
    alerts: (await history.alerts()).map(({ id }) => id),
    undelivered,
    found: await Promise.all(words.map(async (word) => (await history.search(`${word} `)).map(({ id }) => id))),
  }
}
