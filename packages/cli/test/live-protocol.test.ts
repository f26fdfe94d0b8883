import { describe, expect, test } from 'vitest'
import { fromWire, parseRequest, toWire } from '../src/live/protocol.ts'

describe('the local socket', () => {
  test.each([
    { ask: 'status' },
    { ask: 'head' },
    { ask: 'headNote' },
    { ask: 'send', to: 'bea', text: 'R29vZA==' },
    { ask: 'post', where: '#reference', text: 'R29vZA==', waitMs: 2_000 },
    { ask: 'post', where: '@Reference', as: 'Reference', text: 'R29vZA==', waitMs: 0 },
    { ask: 'log', from: 0, to: 12 },
    { ask: 'redact', seq: 4, label: 'text', reason: 'why' },
    { ask: 'probe', targets: [{ peer: 'bea', addresses: ['/ip4/10.1.0.2/tcp/1'], isRelay: false }], timeoutMs: 4_000 },
  ])('takes %j', (request) => {
    expect(parseRequest(JSON.stringify(request))).toEqual(request)
  })

  test.each([
    '',
    'null',
    '7',
    '{"ask":"delete"}',
    '{"ask":"send","to":"bea"}',
    '{"ask":"send","to":["bea"],"text":"x"}',
    '{"ask":"post","where":"bea","text":"x"}',
    '{"ask":"post","where":{"peers":[]},"text":"x","waitMs":1}',
    '{"ask":"post","where":"bea","as":7,"text":"x","waitMs":1}',
    '{"ask":"post","where":"bea","text":"x","waitMs":3600001}',
    '{"ask":"log","from":-1,"to":3}',
    '{"ask":"log","from":0.5,"to":3}',
    '{"ask":"log","from":0}',
    '{"ask":"probe","targets":[]}',
    '{"ask":"probe","targets":[],"timeoutMs":60001}',
    '{"ask":"probe","targets":{"length":0},"timeoutMs":10}',
    '{"ask":"probe","targets":[null],"timeoutMs":10}',
    '{"ask":"probe","targets":[{"peer":"bea","addresses":"x","isRelay":false}],"timeoutMs":10}',
    '{"ask":"probe","targets":[{"peer":"bea","addresses":[7],"isRelay":false}],"timeoutMs":10}',
    `{"ask":"probe","targets":[{"peer":"${'b'.repeat(513)}","addresses":[],"isRelay":false}],"timeoutMs":10}`,
  ])('refuses %j', (line) => {
    expect(() => parseRequest(line)).toThrow()
  })

  test('carries the very bytes of an entry', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
    const entry = { seq: 3, line: bytes, payloads: [{ label: 'text', salt: bytes.subarray(0, 32), bytes }] }
    const carried = fromWire(toWire(entry))
    expect(Buffer.compare(carried.line, bytes)).toBe(0)
    expect(Buffer.compare(carried.payloads[0]?.bytes ?? Buffer.of(), bytes)).toBe(0)
    expect(Buffer.compare(carried.payloads[0]?.salt ?? Buffer.of(), bytes.subarray(0, 32))).toBe(0)
  })
})
