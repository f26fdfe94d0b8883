import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MAX_EVENTS_HELD } from '../src/limits.ts'
import { StreamOf } from '../src/stream-of.ts'
import { TypedEventEmitter } from 'main-event'
import { pair, person } from './peers.ts'
import { recordsOf, until } from './support.ts'

interface Events {
  tick: CustomEvent<number>
  tock: CustomEvent<string>
}

class Clock extends TypedEventEmitter<Events> {
  tick(n: number): void {
    this.safeDispatchEvent('tick', { detail: n })
  }
}

function ticks(clock: Clock, signal?: AbortSignal) {
  const ended: unknown[] = []
  return {
    ended,
    stream: new StreamOf<Events, 'tick'>(clock, ['tick'], { ...(signal && { signal }) }, (each) => ended.push(each)),
  }
}

describe('a loop over events', () => {
  test('reads what came since it was asked for, in order, and goes on with what comes', async () => {
    const clock = new Clock()
    const { stream } = ticks(clock)
    clock.tick(1)
    clock.tick(2)
    const seen: number[] = []
    for await (const { type, detail } of stream) {
      expect(type).toBe('tick')
      seen.push(detail)
      if (detail === 2) setTimeout(() => clock.tick(3), 1)
      if (detail === 3) break
    }
    expect(seen).toEqual([1, 2, 3])
    expect(clock.listenerCount('tick')).toBe(0)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  test('gives each of several readers another', async () => {
    const clock = new Clock()
    const { stream } = ticks(clock)
    const reads = [stream.next(), stream.next()]
    clock.tick(1)
    clock.tick(2)
    expect((await Promise.all(reads)).map(({ value }) => value?.detail)).toEqual([1, 2])
  })

  test('that does not read is told so when it reads on, holds no more than its bound, and listens no more', async () => {
    const clock = new Clock()
    const { stream, ended } = ticks(clock)
    for (let n = 0; n <= MAX_EVENTS_HELD + 10; n++) clock.tick(n)
    expect([clock.listenerCount('tick'), ended.length]).toEqual([0, 1])
    const seen: number[] = []
    const reading = (async () => {
      for await (const { detail } of stream) seen.push(detail)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'READER_TOO_SLOW' })
    expect(seen).toEqual(Array.from({ length: MAX_EVENTS_HELD }, (_, n) => n))
    expect(await stream.next()).toEqual({ done: true, value: undefined })
  })

  test('ends with the reason of its signal, whether somebody reads or not', async () => {
    const clock = new Clock()
    const ending = new AbortController()
    const [reading, idle] = [ticks(clock, ending.signal).stream, ticks(clock, ending.signal).stream]
    const read = reading.next()
    ending.abort(new Error('enough'))
    await expect(read).rejects.toThrow('enough')
    await turn() // nobody reads `idle`: nothing may be rejected unheard
    await expect(idle.next()).rejects.toThrow('enough')
    expect(clock.listenerCount('tick')).toBe(0)
    expect(() => ticks(clock, ending.signal)).toThrow('enough')
  })

  test('gives what had come when the messenger was closed, and ends', async () => {
    const [ann, bea] = await pair()
    const stream = bea.messenger.events(['message'])
    const waiting = ann.messenger.events(['message', 'outcome', 'file:offered'])
    await ann.messenger.send(bea.peer, 'one')
    await ann.messenger.send(bea.peer, 'two')
    await bea.messenger.close()
    const texts: string[] = []
    for await (const { detail } of stream) texts.push(detail.value.text)
    expect(texts).toEqual(['one', 'two'])
    for await (const _ of bea.messenger.events(['message'])) throw new Error('it is closed')
    const read = waiting.next()
    await ann.messenger.close()
    expect(await read).toEqual({ done: true, value: undefined })
  })
})

describe('whatever is under way when a messenger is closed', () => {
  test('settles, with a code, and nothing is rejected that nobody waits for', async () => {
    const unheard: unknown[] = []
    const hear = (reason: unknown): void => void unheard.push(reason)
    process.on('unhandledRejection', hear)
    onTestFinished(() => void process.off('unhandledRejection', hear))
    const [ann, bea] = await pair()
    const stream = ann.messenger.events(['message', 'outcome', 'colleague:gone'])
    const reading = (async () => {
      for await (const { type } of stream) if (type === 'message') return
    })()
    const { messenger } = ann
    const work = Array.from({ length: 40 }, (_, n) => [
      messenger.send(bea.peer, `send ${n}`),
      messenger.post(bea.peer, `post ${n}`),
      bea.messenger.post(ann.peer, `back ${n}`),
      bea.messenger.send(ann.peer, `back again ${n}`),
    ]).flat()
    work.push(messenger.probe([{ peer: bea.peer, addresses: [bea.address], isRelay: false }]) as never)
    const settled = Promise.allSettled(work)
    await until(async () => (await recordsOf(ann.store, 'sent')).length > 4)
    await Promise.all([messenger.close(), messenger.close(), bea.messenger.close()])
    await messenger.close()
    await reading
    for (const each of await settled) {
      if (each.status === 'rejected') expect(each.reason).toHaveProperty('code', expect.stringMatching(/^[A-Z_]+$/))
    }
    await turn()
    expect(unheard).toEqual([])
    expect((await recordsOf(ann.store)).at(-1)?.detail).toEqual({ event: 'stop' })
  })

  test('`await using` closes it', async () => {
    const ann = await person()
    {
      await using messenger = ann.messenger
      expect(messenger.addresses()).toHaveLength(1)
    }
    await expect(ann.messenger.post(ann.peer, 'x')).rejects.toMatchObject({ code: 'MESSENGER_CLOSED' })
    await expect(ann.messenger.mark([], 'read')).rejects.toMatchObject({ code: 'MESSENGER_CLOSED' })
    await expect(ann.messenger.takeRoster(new Uint8Array())).rejects.toMatchObject({ code: 'MESSENGER_CLOSED' })
    await ann.messenger.close()
  })

  test('an offer that is aborted reads no more of its file, and nothing of it is on record', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'branchline-offer-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const [ann, bea] = await pair({ files: { folder } })
    const ending = new AbortController()
    let read = 0
    async function* endless(): AsyncIterable<Uint8Array> {
      for (; ; read++) {
        if (read === 3) ending.abort(new Error('enough'))
        yield Buffer.alloc(1_000)
      }
    }
    const offering = ann.messenger.offer(bea.peer, { name: 'endless', bytes: endless() }, { signal: ending.signal })
    await expect(offering).rejects.toThrow('enough')
    expect(read).toBe(3)
    expect(await recordsOf(ann.store, 'sent')).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  test.each(['send', 'post', 'takeRoster'] as const)('%s that is aborted already does nothing', async (method) => {
    const [ann, bea] = await pair()
    const signal = AbortSignal.abort(new Error('enough'))
    const calls = {
      send: () => ann.messenger.send(bea.peer, 'x', { signal }),
      post: () => ann.messenger.post(bea.peer, 'x', { signal }),
      takeRoster: () => ann.messenger.takeRoster(new Uint8Array(), { signal }),
    }
    const thrown = await calls[method]().catch((error: unknown) => error)
    expect(thrown).toMatchObject({ message: 'enough' })
    expect(await recordsOf(ann.store, 'sent')).toEqual([])
  })
})
