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

/** 40 ms there and back, with a modem that buffers without end, as between branches. */
const ROUND_TRIP_MS = 40

/** A sender who fills the window at once, and a line whose pace, in bytes a millisecond, may change; time is as it says. */
class Line {
  readonly window = new Window(0)
  readonly #arriving: { readonly total: number; readonly at: number }[] = []
  #now = 0
  #sent = 0
  #freeAt = 0

  /** @returns the most bytes that waited for the line to be free in this time, and how many were taken */
  carry(ms: number, pace: number): { readonly waited: number; readonly carried: number } {
    const [end, takenBefore] = [this.#now + ms, this.window.taken]
    let waited = 0
    for (; this.#now < end; this.#now++) {
      while (this.#sent + SLICE <= this.window.taken + this.window.bytes) this.#send(pace)
      waited = Math.max(waited, (this.#freeAt - this.#now) * pace)
      while ((this.#arriving[0]?.at ?? Number.POSITIVE_INFINITY) <= this.#now) {
        const { total, at } = this.#arriving.shift() as { total: number; at: number }
        expect(this.window.took(total, at)).toBe(true)
      }
    }
    return { waited, carried: this.window.taken - takenBefore }
  }

  #send(pace: number): void {
    this.#sent += SLICE
    this.window.sent(SLICE, this.#now)
    this.#freeAt = Math.max(this.#freeAt, this.#now) + SLICE / pace
    this.#arriving.push({ total: this.#sent, at: this.#freeAt + ROUND_TRIP_MS })
  }
}

describe('the window of a file', () => {
  test.each([500, 1_000, 2_500])('leaves little in the buffers of a line of %i KB/s, which it uses', (pace) => {
    const line = new Line()
    line.carry(3_000, pace)
    const { waited, carried } = line.carry(10_000, pace)
    expect(waited).toBeLessThan(4 * SLICE + 0.5 * ROUND_TRIP_MS * pace)
    expect(carried).toBeGreaterThan(0.6 * 10_000 * pace)
  })

  test('gives way within a second and a half to a line that becomes slow', () => {
    const line = new Line()
    line.carry(20_000, 12_500)
    expect(line.window.bytes).toBeGreaterThan(300_000)
    expect(line.carry(1_500, 1_000).waited).toBeGreaterThan(200_000)
    expect(line.carry(5_000, 1_000).waited).toBeLessThan(4 * SLICE)
  })

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
