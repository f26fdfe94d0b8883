import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { isIP } from 'node:net'
import { reasonOf } from '@branchline/audit-sink'
import { MessengerError } from '@branchline/core'
import type { RelayMetrics } from './relay-metrics.ts'

export interface StatusAddress {
  readonly host: string
  readonly port: number
}

export interface StatusPageInit {
  readonly address: StatusAddress
  readonly metrics: RelayMetrics
  /** Why the relay cannot serve now; undefined when it can. */
  readonly whyNotReady: () => string | undefined
}

export interface StatusPage {
  /** With the port that the system chose, when port 0 was asked for. */
  readonly url: string
  close(): Promise<void>
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1)$/
const MAX_PORT = 65_535
const BOUNDS = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  maxHeaderSize: 8_192,
  connectionsCheckingInterval: 1_000,
}
const MAX_CONNECTIONS = 16

/**
 * Where metrics are told: a port, or a loopback address and a port.
 * @param text - `9410`, `127.0.0.1:9410`, `[::1]:9410` or `localhost:9410`
 * @throws MessengerError ADDRESS_INVALID
 */
export function parseStatusAddress(text: string): StatusAddress {
  const { host = '127.0.0.1', port = '' } = /^(?:(?<host>.*):)?(?<port>\d{1,5})$/.exec(text)?.groups ?? {}
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/^localhost$/, '127.0.0.1')
  if (port === '' || Number(port) > MAX_PORT) throw invalid(text, 'it is no port, and no address with a port')
  if (isIP(bare) === 0 || !LOOPBACK.test(bare)) {
    throw invalid(text, 'metrics are told on this machine alone (127.0.0.1 or ::1), for there is no password to them')
  }
  return { host: bare, port: Number(port) }
}

/** Serves `/metrics` and `/ready` to this machine. @throws MessengerError LISTEN_FAILED */
export async function serveStatusPage(init: StatusPageInit): Promise<StatusPage> {
  const { host, port } = init.address
  const server = createServer(BOUNDS, (request, response) => void answer(init, request, response))
  server.maxConnections = MAX_CONNECTIONS
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (cause) {
    const message = `metrics cannot be told on port ${port}: ${reasonOf(cause)}; choose another with --metrics`
    throw new MessengerError('LISTEN_FAILED', message, { cause })
  }
  const listening = server.address() as { port: number }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening.port}`,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

async function answer(init: StatusPageInit, { method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
  const say = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
    response.writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    response.end(text)
  }
  if (method !== 'GET') return say(404, 'There is nothing here.\n')
  if (url === '/ready') {
    const why = init.whyNotReady()
    return why === undefined ? say(200, 'ready\n') : say(503, `${why}\n`)
  }
  if (url !== '/metrics') return say(404, 'There is nothing here.\n')
  try {
    say(200, await init.metrics.text(), init.metrics.contentType)
  } catch (error) {
    say(500, `the metrics could not be read: ${reasonOf(error)}\n`)
  }
}

function invalid(text: string, why: string): MessengerError {
  const message = `--metrics ${JSON.stringify(text)}: ${why}; such as --metrics 9410`
  return new MessengerError('ADDRESS_INVALID', message)
}
