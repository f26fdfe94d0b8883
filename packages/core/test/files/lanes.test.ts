import { describe, expect, test } from 'vitest'
import { Quiet } from '../../src/files/quiet.ts'
import { Turns } from '../../src/files/turns.ts'
import { Window } from '../../src/files/window.ts'
import { pause } from '../support.ts'

const SLICE = 16_384

/** Sends and takes so many slices, each of which takes so long, in milliseconds. */
function carry(window: Window, slices: number, tripMs: number, from = 1_000): void {
  const began = window.taken
  for (let n = 1; n <= slices; n++) {
    window.sent(SLICE, from + n * 1_000)
    window.took(began + n * SLICE, from + n * 1_000 + tripMs)
  }
}

describe('the window of a file', () => {
  test('grows while bytes arrive as fast as ever, to 1 MiB', () => {
    const window = new Window(0)
    carry(window, 20, 50)
    expect(window.bytes).toBeGreaterThan(65_536)
    carry(window, 20_000, 55)
    expect(window.bytes).toBe(1_048_576)
  })

  test('is halved when they begin to wait, once a round trip, and never below 32 KiB', () => {
    const window = new Window(0)
    carry(window, 100, 5)
    const before = window.bytes
    for (let n = 0; n < 4; n++) window.sent(SLICE, 1_000_000)
    for (let n = 1; n <= 4; n++) window.took((100 + n) * SLICE, 1_000_040 + n)
    expect(window.bytes).toBe(before / 2)
    carry(window, 10, 100, 2_000_000)
    expect(window.bytes).toBe(32_768)
  })

  test('has no room when it is full, and believes nobody who takes what was not sent', async () => {
    const window = new Window(SLICE)
    for (let n = 0; n < 4; n++) window.sent(SLICE)
    let hasRoom = false
    const room = window.room().then(() => (hasRoom = true))
    await pause(5)
    expect(hasRoom).toBe(false)
    expect(window.took(SLICE)).toBe(false)
    expect(window.took(6 * SLICE)).toBe(false)
    expect(window.took(2 * SLICE)).toBe(true)
    await room
  })
})

describe('transfers', () => {
  test('are silent while somebody speaks, but go on beside the liveliest talk', async () => {
    const quiet = new Quiet()
    quiet.hush()
    const began = performance.now()
    await quiet.silence()
    expect(performance.now() - began).toBeGreaterThan(20)
    quiet.hush()
    const talk = setInterval(() => quiet.hush(), 5)
    const again = performance.now()
    await quiet.silence()
    clearInterval(talk)
    expect(performance.now() - again).toBeGreaterThan(240)
    expect(performance.now() - again).toBeLessThan(1_000)
  })

  test('are of one peer one at a time, and so many in all', async () => {
    const turns = new Turns(2)
    const had: string[] = []
    const take = async (peer: string): Promise<Disposable> => {
      const turn = await turns.take(peer)
      had.push(peer)
      return turn
    }
    const first = await take('ann')
    const [second, third, fourth] = [take('ann'), take('bea'), take('cy')]
    const bea = await third
    await pause(1)
    expect(had).toEqual(['ann', 'bea'])
    bea[Symbol.dispose]()
    await fourth
    first[Symbol.dispose]()
    await second
    expect(had).toEqual(['ann', 'bea', 'cy', 'ann'])
  })
})
