import type { Relay, RelayFigures } from '@branchline/core'
import { collectDefaultMetrics, Counter, Gauge, type Metric, Registry } from 'prom-client'

/** Prometheus text (exposition format 0.0.4) of what a relay says of itself. No label names a person or a device. */
export interface RelayMetrics {
  readonly contentType: string
  text(): Promise<string>
}

type Value = number | Readonly<Record<string, number>>
type Read = (figures: RelayFigures) => Value

interface Row {
  readonly name: string
  readonly help: string
  /** Of values by label. */
  readonly label?: string
  readonly read: Read
}

const GAUGES: readonly Row[] = [
  { name: 'reservations', help: 'Places held now', read: ({ places }) => places.held },
  { name: 'reservations_left', help: 'Places that are left', read: ({ places }) => places.left },
  { name: 'circuits_open', help: 'Circuits open now', read: ({ circuits }) => circuits.open },
  { name: 'connections', help: 'Connections open now', read: ({ connections }) => connections },
  { name: 'roster_serial', help: 'Number of the roster in force', read: ({ roster }) => roster.serial },
  { name: 'roster_members', help: 'Members on that roster', read: ({ roster }) => roster.members },
  {
    name: 'roster_expires_timestamp_seconds',
    help: 'Until when that roster is in force; seconds since 1970',
    read: ({ roster }) => roster.expiresAt / 1_000,
  },
]

const COUNTERS: readonly Row[] = [
  {
    name: 'reservation_requests_total',
    help: 'Requests for a place, by answer',
    label: 'answer',
    read: ({ placesAsked }) => placesAsked,
  },
  {
    name: 'circuit_requests_total',
    help: 'Requests for a circuit, by answer',
    label: 'answer',
    read: ({ circuits }) => circuits.asked,
  },
  {
    name: 'carried_bytes_total',
    help: 'Ciphertext carried through circuits, from and to the side that opened them',
    label: 'direction',
    read: ({ circuits: { bytes } }) => ({ from_opener: bytes.fromOpeners, to_opener: bytes.toOpeners }),
  },
  {
    name: 'refused_total',
    help: 'Who was turned away, by code (docs/errors.md)',
    label: 'code',
    read: ({ refused }) => refused,
  },
]

/** @param version - of this program */
export function relayMetrics(relay: Pick<Relay, 'figures'>, version: string): RelayMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const build = { version, node: process.versions.node }
  const info = new Gauge({
    name: 'branchline_build_info',
    help: 'What runs',
    labelNames: Object.keys(build),
    registers: [registry],
  })
  info.set(build, 1)
  for (const row of GAUGES) registry.registerMetric(gauge(row, relay))
  for (const row of COUNTERS) registry.registerMetric(counter(row, relay))
  return { contentType: registry.contentType, text: async () => registry.metrics() }
}

function gauge({ name, help, read }: Row, relay: Pick<Relay, 'figures'>): Metric {
  return new Gauge({
    name: `branchline_relay_${name}`,
    help,
    registers: [],
    collect() {
      this.set(read(relay.figures()) as number)
    },
  })
}

function counter({ name, help, label = '', read }: Row, relay: Pick<Relay, 'figures'>): Metric {
  return new Counter({
    name: `branchline_relay_${name}`,
    help,
    labelNames: [label],
    registers: [],
    collect() {
      this.reset()
      for (const [value, count] of Object.entries(read(relay.figures()))) this.inc({ [label]: value }, count)
    },
  })
}
