import { connect } from 'node:net'
import { CODE_TCP, multiaddr } from '@multiformats/multiaddr'
import { ipOf, isRelayed } from '../network/addresses.ts'
import type { TcpFacts, TcpOutcome } from './facts.ts'

/** A SYN that is lost comes again after a second. */
const WAIT_MS = 2_500
const SILENT = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'])

/**
 * Connects and hangs up: it says whether anybody listens there, and needs no identity.
 * @param address - multiaddr
 * @returns undefined for one that is not IP and TCP, or leads through a relay
 */
export async function tryTcp(address: string, signal: AbortSignal, waitMs = WAIT_MS): Promise<TcpFacts | undefined> {
  const place = placeOf(address)
  if (place === undefined) return undefined
  const startedAt = performance.now()
  const late = AbortSignal.any([signal, AbortSignal.timeout(waitMs)])
  const socket = connect({ ...place, signal: late })
  const [outcome, error] = await new Promise<[TcpOutcome, string?]>((resolve) => {
    socket.once('connect', () => resolve(['connected']))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (late.aborted) return resolve(['silent'])
      const code = error.code ?? error.name
      return resolve([code === 'ECONNREFUSED' ? 'refused' : SILENT.has(code) ? 'silent' : 'failed', code])
    })
  })
  socket.destroy()
  return { address, outcome, ms: performance.now() - startedAt, ...(error !== undefined && { error }) }
}

function placeOf(address: string): { host: string; port: number } | undefined {
  try {
    const parsed = multiaddr(address)
    const port = Number(parsed.getComponents().find(({ code }) => code === CODE_TCP)?.value)
    const host = ipOf(parsed)
    return !isRelayed(parsed) && host !== '' && Number.isInteger(port) && port > 0 ? { host, port } : undefined
  } catch {
    return undefined
  }
}
