import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { interfacesNow, type LanInterface } from '../../src/network/lan/interfaces.ts'
import { type LanSocket, openLanSocket } from '../../src/network/lan/socket.ts'

const LOOPBACK = interfacesNow().find(({ isLoopback }) => isLoopback) as LanInterface

interface Open {
  readonly socket: LanSocket
  readonly heard: string[]
  readonly failures: Error[]
}

async function open(on: LanInterface): Promise<Open> {
  const heard: string[] = []
  const failures: Error[] = []
  const socket = await new Promise<LanSocket>((resolve) => {
    const opened: LanSocket = openLanSocket({
      on,
      onReady: () => resolve(opened),
      onPacket: (bytes, from) => heard.push(`${from}: ${Buffer.from(bytes).toString()}`),
      onFailure: (error) => {
        failures.push(error)
        resolve(opened)
      },
      onUnsent: (error) => failures.push(error),
    })
  })
  return { socket, heard, failures }
}

test('several on one machine share the port, and what is sent just before closing still leaves', async () => {
  const [ann, bea] = [await open(LOOPBACK), await open(LOOPBACK)]
  const words = `goodbye ${process.pid} ${Math.random()}`
  ann.socket.send(Buffer.from(words))
  ann.socket.close()
  ann.socket.send(Buffer.from('never said'))
  const deadline = Date.now() + 5_000
  while (!bea.heard.includes(`127.0.0.1: ${words}`) && Date.now() < deadline) await pause(10)
  bea.socket.close()
  bea.socket.close()
  expect(bea.heard).toContain(`127.0.0.1: ${words}`)
  expect(bea.heard).not.toContain('127.0.0.1: never said')
  expect([...ann.failures, ...bea.failures]).toEqual([])
})

test('an interface that is not there is a failure, and no exception', async () => {
  const none = { name: 'vpn0', isLoopback: false, addresses: [{ address: '192.0.2.77', prefix: 24 }] }
  const { socket, failures } = await open(none)
  expect(failures).toHaveLength(1)
  socket.send(Buffer.from('nothing'))
  socket.close()
  expect(failures).toHaveLength(1)
})
