import canonicalize from 'canonicalize'
import { describe, expect, test } from 'vitest'
import {
  commitmentOf,
  encodeRecord,
  genesisPrev,
  leafHash,
  type LogSource,
  parseRecord,
  verifierKey,
  verifyLog,
} from '../src/index.ts'
import { vectors } from './support.ts'

interface RecordVector {
  name: string
  line?: string
  lineHex?: string
  fill?: { prefix: string; byte: string; length: number }
  expect: string
  leaf?: string
}

interface LogVector {
  name: string
  entries: { seq: number; line: string; payloads: { label: string; salt: string; payload: string }[] }[]
  head: { size: number; leaf: string }
  expect: string
  finding?: string
  seq?: number
}

function lineOf({ line, lineHex, fill }: RecordVector): Uint8Array {
  if (fill !== undefined)
    return Buffer.alloc(fill.length, Buffer.from(fill.byte, 'hex')).fill(fill.prefix, 0, fill.prefix.length)
  return lineHex === undefined ? Buffer.from(line ?? '') : Buffer.from(lineHex, 'hex')
}

describe('spec/vectors/record.json', () => {
  test.each(vectors<RecordVector[]>('record').map((each) => [each.name, each] as const))('%s', (_, vector) => {
    const line = lineOf(vector)
    if (vector.expect !== 'accept') {
      expect(() => parseRecord(line)).toThrow(expect.objectContaining({ code: vector.expect }))
      return
    }
    const record = parseRecord(line)
    expect(Buffer.from(encodeRecord(record)).toString()).toBe(vector.line)
    expect(leafHash(line)).toBe(vector.leaf)
    expect(canonicalize(record), 'an independent RFC 8785 encoder agrees').toBe(vector.line)
  })
})

describe('spec/vectors/payload.json', () => {
  const {
    commitments,
    genesisPrev: origins,
    verifierKeys,
  } = vectors<{
    commitments: { label: string; salt: string; payload: string; commitment: string }[]
    genesisPrev: { origin: string; prev: string }[]
    verifierKeys: { origin: string; publicKey: string; vkey: string }[]
  }>('payload')

  test.each(commitments)('commitment $commitment', ({ label, salt, payload, commitment }) => {
    expect(commitmentOf(Buffer.from(salt, 'hex'), label, Buffer.from(payload, 'hex'))).toBe(commitment)
  })

  test.each(origins)('first prev of $origin', ({ origin, prev }) => {
    expect(genesisPrev(origin)).toBe(prev)
  })

  test.each(verifierKeys)('verifier key of $origin', ({ origin, publicKey, vkey }) => {
    expect(verifierKey(origin, Buffer.from(publicKey, 'hex'))).toBe(vkey)
  })
})

describe('spec/vectors/log.json', () => {
  test.each(vectors<LogVector[]>('log').map((each) => [each.name, each] as const))('%s', async (_, vector) => {
    const report = await verifyLog(sourceOf(vector))
    expect(report.verdict).toBe(vector.expect)
    const first = report.findings[0]
    expect(first && { finding: first.code, seq: first.seq }).toEqual(
      vector.finding === undefined ? undefined : { finding: vector.finding, seq: vector.seq },
    )
  })
})

function sourceOf({ entries, head }: LogVector): LogSource {
  const stored = entries.map(({ seq, line, payloads }) => ({
    seq,
    line: Buffer.from(line),
    payloads: payloads.map(({ label, salt, payload }) => ({
      label,
      salt: Buffer.from(salt, 'hex'),
      bytes: Buffer.from(payload, 'hex'),
    })),
  }))
  return {
    head: async () => head,
    async *read() {
      for (const entry of stored) yield [entry]
    },
  }
}
