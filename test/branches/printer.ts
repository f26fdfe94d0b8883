/*
 * Something else than Branchline that speaks multicast DNS: `node printer.ts <own address> murmurs|answers`. It murmurs
 * to all, and hears nobody; or it answers, to whoever asks from a port of their own, them alone.
 */
import { createSocket } from 'node:dgram'
import { say, serve } from './say.ts'

const [own = '', manner] = process.argv.slice(2)
const [GROUP, PORT, EVERY_MS] = ['224.0.0.251', 5353, 150]
/** A response of one PTR record: _services._dns-sd._udp.local is _ipp._tcp.local. */
const name = (text: string): Buffer =>
  Buffer.concat([
    ...text.split('.').map((label) => Buffer.from(`${String.fromCodePoint(label.length)}${label}`)),
    Buffer.of(0),
  ])
const data = name('_ipp._tcp.local')
const answer = Buffer.concat([
  Buffer.from('000084000000000100000000', 'hex'),
  name('_services._dns-sd._udp.local'),
  Buffer.from('000c0001000000780000', 'hex').fill(data.length, 9, 10),
  data,
])
const socket = createSocket({ type: 'udp4', reuseAddr: true })
await new Promise<void>((resolve) => {
  socket.bind(PORT, '0.0.0.0', resolve)
})
socket.setMulticastInterface(own)
let timer: NodeJS.Timeout | undefined
if (manner === 'murmurs') timer = setInterval(() => socket.send(answer, PORT, GROUP), EVERY_MS)
else {
  socket.addMembership(GROUP, own)
  socket.on('message', (_, { address, port }) => {
    if (port !== PORT) socket.send(answer, port, address)
  })
}
say({ event: 'ready', peer: '', addresses: [own] })

await serve({
  close: async () => {
    clearInterval(timer)
    socket.close()
  },
})
