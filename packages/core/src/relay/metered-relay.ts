import {
  type CircuitRelayServerComponents,
  type CircuitRelayService,
  RELAY_V2_HOP_CODEC,
} from '@libp2p/circuit-relay-v2'
import type { StreamHandler } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import type { CircuitMeter } from './circuit-meter.ts'

type Server = (components: CircuitRelayServerComponents) => CircuitRelayService

/** A relay service whose requests a meter sees. */
export function meteredRelay(server: Server, meter: CircuitMeter): Server {
  return (components) => {
    const { registrar, peerStore, addressManager, peerId, privateKey } = components
    const { connectionManager, connectionGater, logger } = components
    const others = { peerStore, addressManager, peerId, privateKey, connectionManager, connectionGater, logger }
    return server({ ...others, registrar: watched(registrar, meter) })
  }
}

/** Of a registrar, the relay service uses these two alone. */
function watched(registrar: Registrar, meter: CircuitMeter): Registrar {
  const handle: Registrar['handle'] = async (protocol, handler, options) => {
    const watching: StreamHandler = (stream, connection) => {
      meter.watch(stream)
      return handler(stream, connection)
    }
    await registrar.handle(protocol, protocol === RELAY_V2_HOP_CODEC ? watching : handler, options)
  }
  const unhandle: Registrar['unhandle'] = async (protocol, options) => registrar.unhandle(protocol, options)
  return { handle, unhandle } as Registrar
}
