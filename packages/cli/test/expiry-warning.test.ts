import { expect, test } from 'vitest'
import { expiryWarning } from '../src/chat/expiry-warning.ts'

const DAY = 86_400_000

test('a roster that will expire soon, or has, is told of, and no other', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  expect(expiryWarning(now + 31 * DAY, now)).toBeUndefined()
  expect(expiryWarning(now + 29 * DAY, now)).toContain('is in force until 2026-12-23')
  expect(expiryWarning(now, now)).toContain('was in force until 2026-11-24, so nothing can be sent')
})
