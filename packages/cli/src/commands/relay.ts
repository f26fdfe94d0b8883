import { once } from 'node:events'
import type { Relay, RosterKeeper } from '@branchline/core'
import { buildCommand } from '@stricli/core'
import manifest from '../../package.json' with { type: 'json' }
import { type Context, print, printJson } from '../io.ts'
import { connectionFlags, type JsonFlag, jsonFlag, type ProfileFlag, profileFlag } from './flags.ts'

interface RelayFlags extends ProfileFlag, JsonFlag {
  readonly listen?: readonly string[]
  readonly lan?: string
  readonly metrics?: string
}

export const relayCommand = buildCommand<RelayFlags, [], Context>({
  loader: async () => relay,
  parameters: {
    flags: {
      ...profileFlag,
      listen: connectionFlags.listen,
      lan: connectionFlags.lan,
      metrics: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Tell Prometheus on this machine how the relay does: /metrics and /ready',
        placeholder: '[host:]port',
      },
      ...jsonFlag,
    },
  },
  docs: {
    brief: 'Run a relay, through which branches reach each other',
    fullDescription: [
      'Runs until it is ended. A relay carries encrypted messages that it cannot read, and keeps none of them; it serves',
      'those on the roster alone, which "branchline join FILE" puts into its profile. When the director puts its address',
      'on the roster ("library renew --relay ADDRESS") everybody finds it; else: branchline chat --relay ADDRESS',
      'Default address: every interface, port 4100. docs/relay.md says how to run it as a service.',
    ].join('\n'),
  },
})

const DEFAULT_LISTEN = ['/ip4/0.0.0.0/tcp/4100']

async function relay(this: Context, flags: RelayFlags): Promise<void> {
  const { createRelay, openIdentity, openRoster } = await import('@branchline/core')
  const { chooseProfile } = await import('../profile/paths.ts')
  const { parseStatusAddress } = await import('./relay-status-page.ts')
  const { io } = this
  const address = flags.metrics === undefined ? undefined : parseStatusAddress(flags.metrics)
  const paths = chooseProfile(io, flags.profile)
  const identity = await openIdentity(paths.identity)
  const roster = await openRoster(paths.roster)
  const init = { identity, roster, listen: flags.listen ?? DEFAULT_LISTEN, lan: flags.lan }
  await using running = await createRelay(init, { signal: io.signal })
  const page = address && (await openPage(running, roster, address))
  try {
    const told = {
      peerId: running.peerId,
      addresses: running.addresses(),
      ...(page && { metrics: `${page.url}/metrics` }),
    }
    if (flags.json) printJson(io, { event: 'ready', ...told })
    else {
      print(io, 'The relay is running; end it with Ctrl-C. Its addresses:')
      for (const address of told.addresses) print(io, `  ${address}`)
      if (page !== undefined) print(io, `Its metrics: ${page.url}/metrics`)
    }
    if (!io.signal.aborted) await once(io.signal, 'abort')
  } finally {
    await page?.close()
  }
}

async function openPage(running: Relay, roster: RosterKeeper, address: { host: string; port: number }) {
  const { relayMetrics } = await import('./relay-metrics.ts')
  const { serveStatusPage } = await import('./relay-status-page.ts')
  const whyNotReady = (): string | undefined => {
    if (running.addresses().length === 0) return 'it does not listen'
    return Date.now() < roster.current.expires ? undefined : 'ROSTER_EXPIRED: bring it the new roster'
  }
  return serveStatusPage({ address, metrics: relayMetrics(running, manifest.version), whyNotReady })
}
