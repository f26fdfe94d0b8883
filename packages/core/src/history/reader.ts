import type { Hash } from '@branchline/audit-sink'
import type { About, Content } from '../content/content.ts'
import { originIn } from '../content/origin.ts'
import { MAX_COUNTED } from '../limits.ts'
import { firstUnder, type IndexDb, lastUnder } from './db.ts'
import type { LogToFollow } from './follower.ts'
import * as keys from './keys.ts'
import { Parties } from './parties.ts'
import type { Row } from './row.ts'
import { Texts, textOf } from './texts.ts'
import type { Said } from './views.ts'

/** Reads messages as the index has them, with what others did to them. */
export class Reader {
  readonly db: IndexDb
  readonly self: string
  readonly #texts: Texts
  readonly #parties: Parties

  constructor(db: IndexDb, self: string, sink: LogToFollow) {
    this.db = db
    this.self = self
    this.#texts = new Texts(sink)
    this.#parties = new Parties((key) => db.getSync(key))
  }

  row(id: Hash): Row | undefined {
    const text = this.db.getSync(keys.messageKey(id))
    return text === undefined || text === keys.AWAITED ? undefined : (JSON.parse(text) as Row)
  }

  membersOf({ party }: Row): readonly string[] {
    return this.#parties.membersOf(party)
  }

  recipientsOf(row: Row): readonly string[] {
    return this.membersOf(row).filter((peer) => peer !== row.from)
  }

  /** The edit by which a message reads now: the last of its author's. */
  async editOf({ id, conversation, from }: Row): Promise<Row | undefined> {
    const last = await lastUnder(this.db, keys.effectsBy(id, 'e', conversation, from))
    return last === undefined ? undefined : this.row(keys.idAtEnd(last))
  }

  async isRetracted({ id, conversation, from }: Row): Promise<boolean> {
    return (await firstUnder(this.db, keys.effectsBy(id, 'r', conversation, from))) !== undefined
  }

  async said(row: Row): Promise<Said> {
    const [edit, isRetracted, replies] = [
      await this.editOf(row),
      await this.isRetracted(row),
      await this.#repliesTo(row),
    ]
    const own = await this.#contentOf(row)
    const now = edit === undefined ? own : await this.#contentOf(edit)
    const shown = edit ?? row
    const isErased = shown.isErased || now === undefined
    const { id, seq, conversation, from, as, sentAt, recordedAt } = row
    return {
      id,
      seq,
      conversation,
      from,
      to: this.recipientsOf(row),
      as,
      sentAt,
      recordedAt,
      own: row.own,
      about: aboutOf(row, own),
      origin: isRetracted || own === undefined ? undefined : originIn(own),
      text: isRetracted || isErased ? undefined : textOf(now),
      original: isRetracted || edit === undefined ? undefined : textOf(own),
      isEdited: edit !== undefined,
      isRetracted,
      isErased,
      replies,
    }
  }

  async #contentOf(row: Row): Promise<Content | undefined> {
    return row.isErased ? undefined : this.#texts.contentAt(row.seq)
  }

  async #repliesTo(row: Row): Promise<number> {
    const replies = await this.db
      .keys({ ...keys.under(keys.effects(row.id, 'a', row.conversation)), limit: MAX_COUNTED })
      .all()
    return replies.filter((key) => this.isParty(row, authorIn(key))).length
  }

  isParty(row: Row, peer: string): boolean {
    return this.membersOf(row).includes(peer)
  }
}

/** Of a reply or a step: what stands before the last zero. */
export const authorIn = (key: string): string => key.split('\0').at(-2) as string

/** What a message does; without its content, what can be told of that. */
function aboutOf({ deed }: Row, content: Content | undefined): About {
  if (content !== undefined) return content.about
  switch (deed.type) {
    case 'pull':
    case 'group':
    case 'file':
    case 'gone':
      return { type: 'text' }
    default:
      return deed
  }
}
