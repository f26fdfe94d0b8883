import type { HostedMessenger, Outcome, PostOptions } from '@branchline/core'
import type { LivePosted } from './protocol.ts'

export interface ToPost {
  readonly where: string
  readonly options: Pick<PostOptions, 'as'>
  readonly text: Uint8Array
}

export interface Waiting {
  readonly waitMs: number
  /** Whether nobody waits any more. */
  readonly isOver: () => boolean
}

const LOOK_EVERY_MS = 200

/**
 * Posts a text, and waits until everybody has it or the time is over.
 * @throws what `Messenger.post` throws
 */
export async function postAndWait(
  messenger: HostedMessenger,
  { where, options, text }: ToPost,
  { waitMs, isOver }: Waiting,
): Promise<LivePosted> {
  const outcomes: Outcome[] = []
  let told = Promise.withResolvers<void>()
  const take = ({ detail }: CustomEvent<Outcome>): void => {
    outcomes.push(detail)
    told.resolve()
    told = Promise.withResolvers()
  }
  messenger.addEventListener('outcome', take)
  try {
    const posted = await messenger.post(where, text, options)
    const ofThis = (): Outcome[] => outcomes.filter(({ id }) => id === posted.id)
    for (const deadline = Date.now() + waitMs; ofThis().length < posted.to.length; ) {
      const left = deadline - Date.now()
      if (left <= 0 || isOver()) break
      const pause = Promise.withResolvers<void>()
      const timer = setTimeout(pause.resolve, Math.min(left, LOOK_EVERY_MS))
      await Promise.race([told.promise, pause.promise])
      clearTimeout(timer)
    }
    return { ...posted, outcomes: ofThis() }
  } finally {
    messenger.removeEventListener('outcome', take)
  }
}
