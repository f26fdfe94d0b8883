import type { HostedMessenger } from '@branchline/core'
import type { LiveStatus } from './protocol.ts'

export function statusOf(messenger: HostedMessenger): LiveStatus {
  return {
    peerId: messenger.peerId,
    name: messenger.name ?? '',
    addresses: messenger.addresses(),
    relays: messenger.relays(),
    colleagues: messenger
      .colleagues()
      .map(({ peer, name, link, presence }) => ({ peer, link, presence, ...(name !== undefined && { name }) })),
  }
}
