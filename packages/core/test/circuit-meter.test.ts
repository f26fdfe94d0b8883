import type { Stream } from '@libp2p/interface'
import { expect, test } from 'vitest'
import { CircuitMeter } from '../src/relay/circuit-meter.ts'
import { Hop } from '../src/wire/hop.ts'

class Streamed extends EventTarget {
  readonly status = 'open'
  send(): boolean {
    return true
  }
}

function framed(hop: Partial<Hop>): Uint8Array {
  const bytes = Hop.encode(hop)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

function asked(): { meter: CircuitMeter; hear: (bytes: Uint8Array) => void; answer: (status: number) => void } {
  const meter = new CircuitMeter()
  const stream = new Streamed() as unknown as Stream
  meter.watch(stream)
  return {
    meter,
    hear: (data) => void stream.dispatchEvent(Object.assign(new Event('message'), { data })),
    answer: (status) => void stream.send(framed({ type: 2, status })),
  }
}

test('whoever gave up before the question was written has asked nothing', () => {
  const { meter, answer } = asked()
  answer(400)
  expect(meter.circuits).toMatchObject({ malformed: 0, ok: 0 })
})

test('a question that cannot be read is counted as one', () => {
  const { meter, hear, answer } = asked()
  hear(Buffer.from([1, 0xff]))
  answer(400)
  expect(meter.circuits).toMatchObject({ malformed: 1 })
})

test('what fails after a question that could be read is not the fault of whoever asked', () => {
  const { meter, hear, answer } = asked()
  hear(framed({ type: 1 }))
  answer(400)
  expect(meter.circuits).toMatchObject({ malformed: 0, other: 1 })
})

test('a circuit is counted when it was granted', () => {
  const { meter, hear, answer } = asked()
  hear(framed({ type: 1 }))
  answer(100)
  expect(meter.circuits).toMatchObject({ ok: 1, malformed: 0 })
  expect(meter.open).toBe(1)
})
