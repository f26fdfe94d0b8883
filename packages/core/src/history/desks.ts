import { MAX_LOOKED_AT } from '../limits.ts'
import * as keys from './keys.ts'
import type { Reader } from './reader.ts'

export interface DeskOptions {
  /** Whom the roster lets sit there; who does not is nobody to hand over to. */
  readonly maySit?: ((peer: string) => boolean) | undefined
}

/** Who sits at a desk: of each the last word counts, theirs or that of whoever handed over to them. */
export async function staffOf(reader: Reader, desk: string, { maySit = () => true }: DeskOptions = {}) {
  const range = { ...keys.under(`t@${desk}`), reverse: true, limit: MAX_LOOKED_AT }
  const sits = new Map<string, boolean>()
  const say = (peer: string, isThere: boolean): void => {
    if (!sits.has(peer)) sits.set(peer, isThere && maySit(peer))
  }
  for await (const value of reader.db.values(range)) {
    const [author, isOn, to] = JSON.parse(value) as [string, boolean, string | null]
    if (to !== null) say(to, true)
    say(author, isOn)
  }
  return {
    staff: [...sits]
      .filter(([, isThere]) => isThere)
      .map(([peer]) => peer)
      .toSorted(),
  }
}
