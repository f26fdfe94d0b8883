import {
  type ConversationView,
  type History,
  openHistory,
  openIdentity,
  type PageOptions,
  peerIdOf,
  type Said,
  type SearchOptions,
} from '@branchline/core'
import { levelIndex } from '@branchline/core/history/level'
import { originOf } from '@branchline/audit-sink'
import type { CliIO } from './io.ts'
import { openLogForReading } from './log-source.ts'
import { chooseProfile, type ProfilePaths } from './profile/paths.ts'

/** What was said and heard on a profile. */
export interface Past extends AsyncDisposable {
  readonly self: string
  conversations(): Promise<readonly ConversationView[]>
  read(conversation: string, options: PageOptions): Promise<readonly Said[]>
  search(words: string, options: SearchOptions): Promise<readonly Said[]>
}

/**
 * From the messenger that runs on the profile; from its log when none does.
 * @throws CliError LOG_MISSING; MessengerError HISTORY_FAILED, AUDIT_UNAVAILABLE
 */
export async function openPast(io: CliIO, profile: string | undefined): Promise<Past> {
  const paths = chooseProfile(io, profile)
  const { LiveClient } = await import('./live/client.ts')
  const live = await LiveClient.connect(paths)
  if (live !== undefined) {
    const { peerId: self } = await live.status()
    return {
      self,
      conversations: () => live.conversations(),
      read: (conversation, options) => live.messages(conversation, options),
      search: (words, options) => live.search(words, options),
      [Symbol.asyncDispose]: () => live[Symbol.asyncDispose](),
    }
  }
  return fromLog(io, paths, profile)
}

async function fromLog(io: CliIO, paths: ProfilePaths, profile: string | undefined): Promise<Past> {
  const log = await openLogForReading(io, undefined, profile)
  try {
    const self = peerIdOf(await openIdentity(paths.identity))
    const { source } = log
    const sink = {
      origin: originOf(self),
      read: source.read.bind(source),
      head: async () => (await source.head()) ?? { size: 0, leaf: '' },
    }
    const history = await opened(sink, self, paths)
    await history.follow({ signal: io.signal })
    return {
      self,
      conversations: () => history.conversations(),
      read: (conversation, options) => history.read(conversation, options),
      search: (words, options) => history.search(words, options),
      [Symbol.asyncDispose]: async () => {
        await history[Symbol.asyncDispose]()
        await log[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await log[Symbol.asyncDispose]()
    throw error
  }
}

type Followed = Parameters<typeof openHistory>[0]['sink']

/** By the index of the profile; where that cannot be had, for another reads it just now, by one that is made anew. */
async function opened(sink: Followed, self: string, { history: folder }: ProfilePaths): Promise<History> {
  try {
    return await openHistory({ sink, self, index: levelIndex(folder) })
  } catch {
    return openHistory({ sink, self })
  }
}
