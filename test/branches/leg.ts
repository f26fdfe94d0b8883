import { ip } from './ip.ts'

/** A host's cable to one branch. */
export interface Leg {
  /** These three change when the host moves. */
  branch: string
  bridge: string
  address: string
  /** Its end at the host. */
  readonly device: string
  /** Its end at the branch's bridge, in whose namespace it is. */
  readonly port: string
}

/** What a branch's bridge is called in its namespace. */
export const BRIDGE = 'br0'

/** One that passes multicast to every port, and everything from the first moment on. */
export async function addBridge(namespace: string, name: string): Promise<void> {
  const type = ['type', 'bridge', 'mcast_snooping', '0', 'forward_delay', '0']
  await ip('-n', namespace, 'link', 'add', name, 'up', ...type)
}

export async function plug(namespace: string, port: string, bridge: string): Promise<void> {
  await ip('-n', namespace, 'link', 'set', port, 'master', bridge, 'up')
}
