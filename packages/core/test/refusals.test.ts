import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Refusals } from '../src/delivery/refusals.ts'
import { MessengerError, type MessengerErrorCode } from '../src/errors.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function refused(code: MessengerErrorCode = 'MESSAGE_MALFORMED'): MessengerError {
  return new MessengerError(code, 'no')
}

test('256 refusals of a peer are recorded, and one a minute after that, with how many were not', () => {
  const refusals = new Refusals()
  const admitted = Array.from({ length: 1_000 }, () => refusals.admit('eve', refused()))
  expect(admitted.filter((count) => count === 0)).toHaveLength(256)
  vi.advanceTimersByTime(60_001)
  expect(refusals.admit('eve', refused())).toBe(744)
  expect(refusals.admit('eve', refused())).toBeUndefined()
  expect(refusals.admit('ann', refused())).toBe(0)
  expect(refusals.takeUnrecorded()).toEqual([['eve', 1]])
  expect(refusals.takeUnrecorded()).toEqual([])
})

test('the first evidence of two histories is recorded, whatever came before it', () => {
  const refusals = new Refusals()
  for (let n = 0; n < 300; n++) refusals.admit('eve', refused())
  expect(refusals.admit('eve', refused('LOG_FORKED'))).toBe(44)
  expect(refusals.admit('eve', refused('LOG_FORKED'))).toBeUndefined()
})
