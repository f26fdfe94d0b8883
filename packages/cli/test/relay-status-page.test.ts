import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { RelayFigures } from '@branchline/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { relayMetrics } from '../src/commands/relay-metrics.ts'
import { parseStatusAddress, serveStatusPage } from '../src/commands/relay-status-page.ts'

const FIGURES: RelayFigures = {
  places: { held: 7, left: 249 },
  placesAsked: { ok: 9, full: 1 },
  circuits: { open: 3, asked: { ok: 12, 'no-place': 2 }, bytes: { fromOpeners: 4_096, toOpeners: 512 } },
  connections: 8,
  refused: { MEMBER_UNKNOWN: 5 },
  roster: { serial: 4, members: 12, expiresAt: 1_764_000_000_000 },
}

async function page(whyNotReady: () => string | undefined = () => undefined) {
  const metrics = relayMetrics({ figures: () => FIGURES }, '9.8.7')
  const served = await serveStatusPage({ address: { host: '127.0.0.1', port: 0 }, metrics, whyNotReady })
  onTestFinished(() => served.close())
  return async (path: string, method = 'GET') => {
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      request(`${served.url}${path}`, { method }, resolve).on('error', reject).end()
    })
    return { status: response.statusCode, type: response.headers['content-type'], said: await text(response) }
  }
}

describe('the metrics page of a relay', () => {
  test('says in Prometheus’s text format what the relay says', async () => {
    const get = await page()
    const { status, type, said } = await get('/metrics')
    expect({ status, type }).toEqual({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
    for (const line of [
      'branchline_relay_reservations 7',
      'branchline_relay_reservations_left 249',
      'branchline_relay_reservation_requests_total{answer="ok"} 9',
      'branchline_relay_reservation_requests_total{answer="full"} 1',
      'branchline_relay_circuits_open 3',
      'branchline_relay_circuit_requests_total{answer="no-place"} 2',
      'branchline_relay_carried_bytes_total{direction="from_opener"} 4096',
      'branchline_relay_carried_bytes_total{direction="to_opener"} 512',
      'branchline_relay_connections 8',
      'branchline_relay_refused_total{code="MEMBER_UNKNOWN"} 5',
      'branchline_relay_roster_serial 4',
      'branchline_relay_roster_expires_timestamp_seconds 1764000000',
      `branchline_build_info{version="9.8.7",node="${process.versions.node}"} 1`,
    ]) {
      expect(said.split('\n')).toContain(line)
    }
    expect(said).toMatch(/^process_cpu_seconds_total \d/m)
    expect(said).toMatch(/^process_resident_memory_bytes \d/m)
    expect(said).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m)
    const again = await get('/metrics')
    expect(again.said.split('\n')).toContain('branchline_relay_circuit_requests_total{answer="ok"} 12')
  })

  test('says whether the relay can serve', async () => {
    expect(await (await page())('/ready')).toMatchObject({ status: 200, said: 'ready\n' })
    expect(await (await page(() => 'ROSTER_EXPIRED'))('/ready')).toMatchObject({
      status: 503,
      said: 'ROSTER_EXPIRED\n',
    })
  })

  test.each([
    ['GET', '/'],
    ['GET', '/metrics/'],
    ['GET', '/metrics?x'],
    ['POST', '/metrics'],
    ['DELETE', '/ready'],
  ])('has nothing else: %s %s', async (method, path) => {
    expect(await (await page())(path, method)).toMatchObject({ status: 404 })
  })

  test.each([
    ['9410', '127.0.0.1', 9_410],
    ['127.0.0.1:9410', '127.0.0.1', 9_410],
    ['127.8.7.6:1', '127.8.7.6', 1],
    ['localhost:9410', '127.0.0.1', 9_410],
    ['[::1]:9410', '::1', 9_410],
  ])('is where it is asked to be: %s', (text, host, port) => {
    expect(parseStatusAddress(text)).toEqual({ host, port })
  })

  test.each([
    '0.0.0.0:9410',
    '10.1.0.9:9410',
    '[::]:9410',
    '127.0.0.1.example:9410',
    ':9410',
    'relay:9410',
    '65536',
    '',
    'x',
  ])('is on this machine alone: %j', (text) => {
    expect(() => parseStatusAddress(text)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }))
  })

  test('says when its port is taken', async () => {
    const metrics = relayMetrics({ figures: () => FIGURES }, '9.8.7')
    const init = { metrics, whyNotReady: () => undefined }
    const first = await serveStatusPage({ ...init, address: { host: '127.0.0.1', port: 0 } })
    onTestFinished(() => first.close())
    const port = Number(new URL(first.url).port)
    await expect(serveStatusPage({ ...init, address: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
    })
  })
})
