/** A messenger with a log of its own, as a process. */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { auditLog, openLogKey } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { createMessenger, type HostedMessenger, openIdentity, openRoster, peerIdOf } from '@branchline/core'
import { serve } from '../child.ts'
import { type BenchLog, openLog } from '../log.ts'
import { median, p50Ms } from '../measure.ts'
import { TEXT } from '../text.ts'
import type { PeerJobs } from './pair.ts'

/** Calls of `send` that are open at once; more than the messenger lets go on, so that it never waits for us. */
const OPEN_SENDS = 512

let messenger: HostedMessenger
let flushes: BenchLog
let colleague: string
/** When the newest outcome was handed to the log: the peer's receipt had just come, and had been checked. */
let receiptAt = 0

const jobs = {
  start: async ({ place, peer }) => {
    flushes = await openLog(join(place, 'flushes'))
    const identity = await openIdentity(join(place, 'identity.pem'))
    const owner = peerIdOf(identity)
    const signer = await openLogKey(join(place, 'log-key.pem'), `branchline/${owner}`)
    const audit = await auditLog({ store: await levelStore(join(place, 'log')), signer, owner })
    const append = audit.append.bind(audit)
    audit.append = async (entries, options) => {
      if (entries[0]?.kind === 'outcome') receiptAt = performance.now()
      return append(entries, options)
    }
    const peers = peer === undefined ? [] : [peer]
    const roster = await openRoster(join(place, 'library.roster'))
    const listen = ['/ip4/127.0.0.1/tcp/0']
    messenger = await createMessenger({ audit, identity, roster, peers, lan: false, listen })
    if (peer !== undefined) {
      colleague = peer.slice(peer.lastIndexOf('/') + 1)
      while (messenger.colleagues()[0]?.link !== 'direct') await pause(5)
    }
    return messenger.addresses()[0] as string
  },

  receive: async (count) => {
    const all = Promise.withResolvers<void>()
    let left = count
    const onMessage = (): void => {
      left -= 1
      if (left === 0) all.resolve()
    }
    messenger.addEventListener('message', onMessage)
    await all.promise
    messenger.removeEventListener('message', onMessage)
  },

  sendMany: async (count) => {
    let left = count
    const sender = async (): Promise<void> => {
      while (left-- > 0) await messenger.send(colleague, TEXT)
    }
    await Promise.all(Array.from({ length: OPEN_SENDS }, sender))
  },

  /** Medians in milliseconds, one message after the other: until the receipt has come, and until `send` resolves. */
  sendEach: async (count: number): Promise<{ readonly receiptMs: number; readonly settledMs: number }> => {
    const receipts: number[] = []
    const settledMs = await p50Ms(count, async () => {
      const start = performance.now()
      await messenger.send(colleague, TEXT)
      receipts.push(receiptAt - start)
    })
    return { receiptMs: median(receipts), settledMs }
  },

  /** Median milliseconds of a durable append by one caller. */
  flush: async (count: number): Promise<number> => p50Ms(count, () => flushes.append()),

  memory: async () => process.memoryUsage.rss(),
} satisfies PeerJobs & Record<string, unknown>

export type MessengerJobs = typeof jobs

serve(jobs)
