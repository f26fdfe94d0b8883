import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Child } from '../child.ts'
import { makeLibrary } from './library.ts'

interface PeerInit {
  /** Folder for keys and log. */
  readonly place: string
  /** Address of the peer to connect to. */
  readonly peer?: string | undefined
}

/** What both kinds of peer can be told to do. */
export type PeerJobs = {
  /** @returns our address; when there is a peer to connect to, after that */
  start: (init: PeerInit) => Promise<string>
  /** Answers when so many messages have come. */
  receive: (count: number) => Promise<void>
  sendMany: (count: number) => Promise<void>
  /** Resident set, in bytes. */
  memory: () => Promise<number>
}

/** Two processes, the sender connected to the receiver by TCP on this machine. */
export interface Pair<J extends PeerJobs> extends AsyncDisposable {
  readonly sender: Child<J>
  readonly receiver: Child<J>
}

export async function startPair<J extends PeerJobs>(script: string, place: string): Promise<Pair<J>> {
  const receiver = new Child<J>(script)
  const sender = new Child<J>(script)
  const placeOf = (name: string): string => join(place, script, name)
  const places = ['sender', 'receiver'].map(placeOf)
  for (const each of places) await mkdir(each, { recursive: true })
  await makeLibrary(places)
  const start = async (child: Child<PeerJobs>, name: string, peer?: string): Promise<string> => {
    return child.call('start', { place: placeOf(name), peer })
  }
  await start(sender, 'sender', await start(receiver, 'receiver'))
  const stop = async (): Promise<void> => void (await Promise.all([sender.stop(), receiver.stop()]))
  return { sender, receiver, [Symbol.asyncDispose]: stop }
}
