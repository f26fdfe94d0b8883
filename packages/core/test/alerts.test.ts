import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type AlertEvent, Alerts } from '../src/delivery/alerts.ts'
import { ALERT_INTERVAL_MS, MAX_ALERTS } from '../src/limits.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const alert = (id: string) => ({ id, from: 'ann', conversation: '#all-staff', text: 'leave', sentAt: 0 })

function watched(): { alerts: Alerts; told: string[] } {
  const told: string[] = []
  const alerts = new Alerts(({ id, times }: AlertEvent) => told.push(`${id}${times}`))
  return { alerts, told }
}

test('is told at once, and again every five minutes until it is acknowledged', () => {
  const { alerts, told } = watched()
  alerts.raise(alert('a'))
  vi.advanceTimersByTime(ALERT_INTERVAL_MS)
  alerts.raise(alert('b'))
  vi.advanceTimersByTime(ALERT_INTERVAL_MS)
  alerts.acknowledged(['a'])
  vi.advanceTimersByTime(ALERT_INTERVAL_MS)
  expect(told).toEqual(['a1', 'a2', 'b1', 'a3', 'b2', 'b3'])
  alerts.acknowledged(['b'])
  expect(vi.getTimerCount()).toBe(0)
})

test('of one that comes twice there is one alert', () => {
  const { alerts, told } = watched()
  alerts.raise(alert('a'))
  alerts.raise(alert('a'))
  expect(told).toEqual(['a1'])
})

test('of more than a hundred the oldest is alerted no more', () => {
  const { alerts, told } = watched()
  for (let n = 0; n <= MAX_ALERTS; n++) alerts.raise(alert(`${n} `))
  told.length = 0
  vi.advanceTimersByTime(ALERT_INTERVAL_MS)
  expect([told.length, told[0]]).toEqual([MAX_ALERTS, '1 2'])
})
