/* Tries a TCP connection: `node connect.ts <address> <port>`. Says 'connected', or what came instead, and how long it took. */
import { connect } from 'node:net'

const WAIT_MS = 1_000

const [host, port] = process.argv.slice(2)
const startedAt = performance.now()
const socket = connect({ host: host as string, port: Number(port), signal: AbortSignal.timeout(WAIT_MS) })

socket.on('connect', () => done('connected'))
socket.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.name))

function done(result: string): void {
  console.log(JSON.stringify({ event: 'done', at: Date.now(), result, ms: performance.now() - startedAt }))
  socket.destroy()
}
