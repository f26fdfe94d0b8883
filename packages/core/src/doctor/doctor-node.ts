import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { peerIdOf } from '../identity.ts'
import { nodeOptions, PING_STREAMS } from '../network/node-options.ts'
import { RosterGate } from '../roster/gate.ts'
import type { RosterKeeper } from '../roster/keeper.ts'
import { rosterStateOf } from '../spread/roster-spread.ts'
import { type Probes, probes } from './probes.ts'

export interface DoctorNodeInit {
  readonly identity: Ed25519PrivateKey
  readonly roster: RosterKeeper
  /** Peer IDs of relays beside those on the roster. */
  readonly relays: readonly string[]
}

export interface DoctorNode extends Probes, AsyncDisposable {}

/**
 * A node that has our identity, listens nowhere, announces nothing and takes no message: colleagues see nobody come.
 * Not for an identity that another process is using.
 */
export async function openDoctorNode({ identity, roster, relays }: DoctorNodeInit): Promise<DoctorNode> {
  const gate = new RosterGate({ roster, relays })
  const common = nodeOptions(roster.member(peerIdOf(identity))?.name, gate)
  const node = await createLibp2p<{ probes: Probes } & Record<string, unknown>>({
    ...common,
    privateKey: identity,
    transports: [...(common.transports ?? []), circuitRelayTransport()],
    services: {
      identify: identify(),
      ping: ping(PING_STREAMS),
      probes: probes({ rosterState: () => rosterStateOf(roster.current) }),
    },
  })
  return {
    probe: (targets, signal) => node.services.probes.probe(targets, signal),
    [Symbol.asyncDispose]: async () => node.stop(),
  }
}
