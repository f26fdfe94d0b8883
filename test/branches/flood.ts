/*
 * A stranger who opens connections and says nothing on them: `node flood.ts <address> <port> <a second> <seconds>`. Says
 * 'done' with how many were opened, and how many of them were not closed by the other side.
 */
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const [host = '', port, perSecond, seconds] = process.argv.slice(2)
const TICK_MS = 20
const perTick = (Number(perSecond) * TICK_MS) / 1_000
const end = performance.now() + Number(seconds) * 1_000
const open = new Set<Socket>()
let opened = 0

while (performance.now() < end) {
  for (let n = 0; n < perTick; n++) knock()
  await pause(TICK_MS)
}
console.log(JSON.stringify({ event: 'done', at: Date.now(), opened, held: open.size }))
process.exit()

function knock(): void {
  const socket = connect({ host, port: Number(port) })
  socket.on('connect', () => {
    opened++
    open.add(socket)
  })
  socket.on('close', () => open.delete(socket))
  socket.on('error', () => undefined)
  socket.resume()
}
