import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeRecord, type Hash, type LogSource, type StoredEntry } from '../../src/index.ts'
import { Findings } from '../../src/verify/findings.ts'
import { MessagePrints } from '../../src/verify/message-prints.ts'
import { readEntry } from '../../src/verify/read-entry.ts'
import { RepeatCheck } from '../../src/verify/repeat-check.ts'
import { ANN, BEA } from '../support.ts'

const messageOf = (n: number): Hash => createHash('sha256').update(String(n)).digest('hex')

function receivedAt(seq: number, message: Hash): StoredEntry {
  const place = { boot: '00'.repeat(16), mono: seq, prev: '00'.repeat(32), seq, time: seq, v: 1 } as const
  const payloads = [['record', 1, '00'.repeat(32)]] as const
  const record = { ...place, kind: 'received', actor: ANN, peers: [BEA], message, payloads } as const
  return { seq, line: encodeRecord(record), payloads: [] }
}

/** Counts how often it is read; only the first reading succeeds when it `breaks`. */
function sourceOver(entries: readonly StoredEntry[], breaks = false): LogSource & { readings: number } {
  const source = {
    readings: 0,
    head: async () => undefined,
    async *read() {
      source.readings += 1
      if (breaks && source.readings > 1) throw new Error('I/O error')
      yield entries
    },
  }
  return source
}

interface Found {
  readonly seqs: number[]
  readonly openFrom: number | undefined
  readonly readings: number
}

async function check(messages: readonly Hash[], slots: number, breaks = false): Promise<Found> {
  const findings = new Findings()
  const entries = messages.map((message, n) => receivedAt(n + 1, message))
  const source = sourceOver(entries, breaks)
  const repeats = new RepeatCheck(findings, new MessagePrints(slots))
  for await (const piece of source.read()) for (const stored of piece) repeats.add(readEntry(stored))
  const openFrom = await repeats.finish(source, entries.length + 1)
  return { seqs: findings.sorted().map(({ seq }) => seq), openFrom, readings: source.readings }
}

describe('repeated messages', () => {
  const many = Array.from({ length: 3_000 }, (_, n) => messageOf(n))

  test('are none in a log that fits into one reading, which is read once', async () => {
    expect(await check(many, 4_096)).toEqual({ seqs: [], openFrom: undefined, readings: 1 })
  })

  test('are all found in a log that is many times what memory may hold', async () => {
    const repeated = [...many, many[7] as Hash, many[2_999] as Hash, many[1_234] as Hash, many[7] as Hash]
    const found = await check(repeated, 512)
    expect(found).toMatchObject({ seqs: [3_001, 3_002, 3_003, 3_004], openFrom: undefined })
    expect(found.readings).toBeGreaterThan(7)
  })

  test('are not those that only begin alike', async () => {
    const alike = ['ab', 'cd', 'ef'].map((end) => `0123456789abcdef${end.repeat(24)}`)
    expect(await check(alike, 1_024)).toEqual({ seqs: [], openFrom: undefined, readings: 2 })
    expect(await check([...alike, alike[1] as Hash], 1_024)).toMatchObject({ seqs: [4] })
  })

  test.each(['00000000', 'ffffffff'])(
    'of too many that begin %s: it is said from which record on nothing was compared',
    async (start) => {
      const crowded = Array.from({ length: 900 }, (_, n) => `${start}${messageOf(n).slice(8)}`)
      const { seqs, openFrom, readings } = await check([...crowded, crowded[3] as Hash, crowded[800] as Hash], 1_024)
      expect({ seqs, openFrom }).toEqual({ seqs: [901], openFrom: 769 })
      expect(readings).toBeLessThanOrEqual(66)
    },
  )

  test('when the second reading fails, nothing is said of any record', async () => {
    expect(await check(many, 512, true)).toMatchObject({ seqs: [], openFrom: 0 })
  })
})
