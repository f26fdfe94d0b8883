import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agentVersionOf, nameOf, parseName } from '../src/name.ts'
import { codeOf } from './support.ts'

describe('a name', () => {
  test.each([
    ['Ann', 'Ann'],
    ['  Ann of the Desk ', 'Ann of the Desk'],
    ['Zoe\u0308', 'Zo\u00EB'],
    ['山田 (貸出)', '山田 (貸出)'],
    ['Ann 👩‍💻', 'Ann 👩‍💻'],
    ['x'.repeat(64), 'x'.repeat(64)],
  ])('%j is taken', (name, taken) => {
    expect(parseName(name)).toBe(taken)
  })

  test.each([
    [''],
    ['   '],
    ['x'.repeat(65)],
    ['Ann\nBea'],
    ['Ann\tBea'],
    ['\u001B[31mAnn'],
    ['Ann\u202Ebea'],
    ['Ann\u200B'],
    ['A\0nn'],
    ['Ann\uD83D'],
    ['\u2028Ann\u2028x'],
    ['\uFEFF\u3164'],
  ])('%j is NAME_INVALID', (name) => {
    expect(codeOf(() => parseName(name))).toBe('NAME_INVALID')
  })

  test('that was taken is taken again, as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        if (codeOf(() => parseName(name)) !== undefined) return
        expect(parseName(parseName(name))).toBe(parseName(name))
      }),
    )
  })
})

describe('the name that rides on the agent version', () => {
  test('comes out as it was put in, for every name that is taken', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (name) => {
        if (codeOf(() => parseName(name)) !== undefined) return
        expect(nameOf(agentVersionOf(parseName(name)))).toBe(parseName(name))
      }),
    )
    expect(nameOf(agentVersionOf(undefined))).toBeUndefined()
  })

  test.each([
    [undefined],
    [''],
    ['js-libp2p/3.0.0'],
    ['branchline/0.1'],
    ['branchline/0.1 ()'],
    ['branchline/0.1 (\u001B[2J)'],
    ['branchline/0.1 (Ann\nBea)'],
    [`branchline/0.1 (${'x'.repeat(65)})`],
    [`branchline/0.1 (${'x'.repeat(100_000)})`],
    ['evil branchline/0.1 (Ann)'],
    ['branchline/0.1 (Ann) and more'],
  ])('is none in %j', (agentVersion) => {
    expect(nameOf(agentVersion)).toBeUndefined()
  })
})
