/** A libp2p node with the transports of a messenger and nothing else, as a process. */
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p, type Libp2p } from 'libp2p'
import { serve } from '../child.ts'
import { p50Ms } from '../measure.ts'
import { TEXT } from '../text.ts'
import type { PeerJobs } from './pair.ts'

const COUNT_PROTOCOL = '/branchline/bench/count/1'
const ECHO_PROTOCOL = '/branchline/bench/echo/1'

type Stream = Awaited<ReturnType<Libp2p['dialProtocol']>>

let counter: Stream
let echo: Stream
let onBytes: ((bytes: number) => void) | undefined

const jobs = {
  start: async ({ peer }) => {
    const node = await createLibp2p({
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
    })
    await node.handle(COUNT_PROTOCOL, (stream) => {
      stream.addEventListener('message', ({ data }) => onBytes?.(data.byteLength))
    })
    await node.handle(ECHO_PROTOCOL, (stream) => {
      stream.addEventListener('message', ({ data }) => stream.send(data))
    })
    const [own] = node.getMultiaddrs()
    if (own === undefined) throw new Error('the node does not listen')
    if (peer !== undefined) {
      const address = own.decapsulate('/ip4').encapsulate(peer)
      counter = await node.dialProtocol(address, COUNT_PROTOCOL)
      echo = await node.dialProtocol(address, ECHO_PROTOCOL)
    }
    return own.toString()
  },

  receive: async (count) => {
    const all = Promise.withResolvers<void>()
    let left = count * TEXT.length
    onBytes = (bytes) => {
      left -= bytes
      if (left === 0) all.resolve()
    }
    await all.promise
  },

  /** One `send` a message, as a service without a record would. */
  sendMany: async (count) => {
    for (let n = 0; n < count; n++) if (!counter.send(TEXT)) await counter.onDrain()
  },

  /** Median milliseconds of a round trip. */
  roundTrip: async (count: number): Promise<number> => {
    let back: PromiseWithResolvers<void>
    let left = 0
    const onMessage = ({ data }: { data: { byteLength: number } }): void => {
      left -= data.byteLength
      if (left === 0) back.resolve()
    }
    echo.addEventListener('message', onMessage)
    const median = await p50Ms(count, async () => {
      back = Promise.withResolvers()
      left = TEXT.length
      echo.send(TEXT)
      await back.promise
    })
    echo.removeEventListener('message', onMessage)
    return median
  },

  memory: async () => process.memoryUsage.rss(),
} satisfies PeerJobs & Record<string, unknown>

export type Libp2pJobs = typeof jobs

serve(jobs)
