import { createSocket } from 'node:dgram'
import type { LanInterface } from './interfaces.ts'

export interface LanSocketInit {
  readonly on: LanInterface
  readonly onReady: () => void
  readonly onPacket: (bytes: Uint8Array, from: string) => void
  /** It cannot be used, or not any more. */
  readonly onFailure: (error: Error) => void
  /** One packet did not leave. */
  readonly onUnsent: (error: Error) => void
}

export interface LanSocket {
  send(bytes: Uint8Array): void
  /** What was sent before still leaves. */
  close(): void
}

const GROUP = '224.0.0.251'
const PORT = 5353
/** "All Multicast DNS responses SHOULD be sent with IP TTL set to 255" (RFC 6762 section 11). */
const TTL = 255
/** A hundred hosts answer within a tenth of a second. */
const RECEIVE_BUFFER_BYTES = 1_048_576

/**
 * A socket that speaks on one interface and hears (of this group) whatever comes to the machine: the system cannot be
 * told to give it less, so whoever listens looks at where a packet is from. Others on this machine may share the port.
 */
export function openLanSocket({ on, onReady, onPacket, onFailure, onUnsent }: LanSocketInit): LanSocket {
  const address = on.addresses[0]?.address
  const socket = createSocket({ type: 'udp4', reuseAddr: true, recvBufferSize: RECEIVE_BUFFER_BYTES })
  let isOpen = true
  let unsent = 0
  const closeWhenSent = (): void => {
    if (!isOpen && unsent === 0) socket.close()
  }
  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    closeWhenSent()
  }
  const fail = (error: Error): void => {
    if (!isOpen) return
    close()
    onFailure(error)
  }
  socket.on('error', fail)
  socket.on('message', (bytes, { address: from }) => {
    if (isOpen) onPacket(bytes, from)
  })
  socket.bind({ port: PORT, address: '0.0.0.0' }, () => {
    try {
      socket.setMulticastTTL(TTL)
      socket.setMulticastLoopback(true)
      socket.setMulticastInterface(address as string)
      socket.addMembership(GROUP, address)
    } catch (error) {
      fail(error as Error)
      return
    }
    onReady()
  })
  const send = (bytes: Uint8Array): void => {
    if (!isOpen) return
    unsent++
    socket.send(bytes, PORT, GROUP, (error) => {
      unsent--
      if (error !== null && isOpen) onUnsent(error)
      closeWhenSent()
    })
  }
  return { send, close }
}
