import { expect, test } from 'vitest'
import { inTurn } from '../src/network/in-turn.ts'

const patienceMs = 20
const never = new AbortController().signal

/** Ways that take so long and lead somewhere or not; what was begun and what was given up is kept. */
function ways(plan: Readonly<Record<string, { readonly ms: number; readonly leads: boolean }>>) {
  const begun: string[] = []
  const givenUp: string[] = []
  const attempt = async (way: string, signal: AbortSignal): Promise<boolean> => {
    begun.push(way)
    const { ms, leads } = plan[way] as { ms: number; leads: boolean }
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(leads), ms)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        givenUp.push(way)
        resolve(false)
      })
    })
  }
  return { names: Object.keys(plan), attempt, begun, givenUp }
}

test('the first way that leads somewhere counts, and no other is begun', async () => {
  const { names, attempt, begun } = ways({ a: { ms: 1, leads: true }, b: { ms: 1, leads: true } })
  expect(await inTurn(names, attempt, { patienceMs, signal: never })).toBe(true)
  expect(begun).toEqual(['a'])
})

test('one that fails is followed at once, one that keeps silent soon', async () => {
  const { names, attempt, begun, givenUp } = ways({
    fails: { ms: 0, leads: false },
    silent: { ms: 60_000, leads: false },
    leads: { ms: 1, leads: true },
  })
  expect(await inTurn(names, attempt, { patienceMs, signal: never })).toBe(true)
  expect(begun).toEqual(['fails', 'silent', 'leads'])
  expect(givenUp).toContain('silent')
})

test('a slow one may still lead there while others fail', async () => {
  const { names, attempt } = ways({ slow: { ms: 100, leads: true }, fails: { ms: 0, leads: false } })
  expect(await inTurn(names, attempt, { patienceMs, signal: never })).toBe(true)
})

test('none leads there: no ways, ways that fail, and no time left', async () => {
  expect(await inTurn([], async () => true, { patienceMs, signal: never })).toBe(false)
  const failing = ways({ a: { ms: 0, leads: false }, b: { ms: 1, leads: false } })
  expect(await inTurn(failing.names, failing.attempt, { patienceMs, signal: never })).toBe(false)
  const silent = ways({ a: { ms: 60_000, leads: true } })
  expect(await inTurn(silent.names, silent.attempt, { patienceMs, signal: AbortSignal.timeout(50) })).toBe(false)
})
