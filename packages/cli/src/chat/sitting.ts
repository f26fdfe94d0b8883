import type { Standpoint } from './people.ts'
import type { History, Past } from './past.ts'

/** Who sits at which desk, as the log has it. */
export class Sitting {
  readonly #standpoint: Standpoint
  readonly #past: Past
  /** Desks at which we sit. */
  #own = new Set<string>()

  constructor(standpoint: Standpoint, past: Past) {
    this.#standpoint = standpoint
    this.#past = past
  }

  /** Peer IDs of those who sit at a desk. */
  async staffOf(desk: string): Promise<readonly string[]> {
    return staffOf(await this.#past.now(), desk, (peer) => this.maySit(peer, desk))
  }

  maySit(peer: string, desk: string): boolean {
    return this.#standpoint.roster.member(peer)?.desks.includes(desk) === true
  }

  /** Whether we sit where this was said: then we are alerted to it (spec/content.md section 3). */
  isOurs(conversation: string | undefined): boolean {
    return conversation?.startsWith('@') === true && this.#own.has(conversation.slice(1))
  }

  /** Finds out anew where we sit: somebody may have come, gone or handed over. */
  async look(): Promise<void> {
    const { peerId } = this.#standpoint.messenger
    const history = await this.#past.now()
    const own = new Set<string>()
    for (const desk of this.#standpoint.roster.member(peerId)?.desks ?? []) {
      const staff = await staffOf(history, desk, (peer) => this.maySit(peer, desk))
      if (staff.includes(peerId)) own.add(desk)
    }
    this.#own = own
  }
}

async function staffOf(history: History, desk: string, maySit: (peer: string) => boolean): Promise<readonly string[]> {
  return (await history.desk(desk, { maySit })).staff
}
