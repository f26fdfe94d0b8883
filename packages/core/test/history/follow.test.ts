import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EntryRange } from '@branchline/audit-sink'
import { ClassicLevel } from 'classic-level'
import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import { ANA, BEA, dumpOf, TestLog } from './test-log.ts'

/** An index that is not closed with the history over it. */
class KeptLevel extends MemoryLevel {
  override async close(): Promise<void> {}
}

/** Notes from where the log was read. */
function watched(log: TestLog) {
  const reads: EntryRange[] = []
  const read: TestLog['read'] = (range) => {
    reads.push(range ?? {})
    return log.read(range)
  }
  return { sink: { origin: log.origin, head: log.head, read }, reads }
}

function logWith(texts: readonly string[], origin?: string): TestLog {
  const log = new TestLog(origin)
  for (const text of texts) log.received(ANA, { text })
  return log
}

describe('following the log', () => {
  test('goes on from where it stopped, and reads nothing twice', async () => {
    const log = logWith(['one', 'two'])
    const { sink, reads } = watched(log)
    const index = new KeptLevel()
    await using first = await log.history({ sink, index })
    await first.follow()
    log.received(ANA, { text: 'three' })
    reads.length = 0
    await using second = await log.history({ sink, index })
    await second.follow()
    expect(reads).toEqual([
      { from: 2, to: 3 },
      { from: 3, to: 4 },
    ])
    expect(await second.read(ANA)).toHaveLength(3)
  })

  test('is one run for all who ask at once, and takes what was there when the last of them asked', async () => {
    const log = logWith(['one'])
    const { sink, reads } = watched(log)
    await using history = await log.history({ sink })
    const first = history.follow()
    await Promise.resolve()
    log.received(ANA, { text: 'two' })
    await Promise.all([first, history.follow(), history.follow(), history.follow()])
    expect(await history.read(ANA)).toHaveLength(2)
    expect(reads.filter(({ to }) => to === log.size).length).toBeLessThanOrEqual(2)
  })

  test('ends for whoever aborts, and goes on for the others', async () => {
    const log = logWith(['one'])
    await using history = await log.history()
    const left = history.follow({ signal: AbortSignal.abort(new Error('gone')) })
    await expect(left).rejects.toThrow('gone')
    const controller = new AbortController()
    const leaving = history.follow({ signal: controller.signal })
    const staying = history.follow()
    controller.abort(new Error('gone later'))
    await expect(leaving).rejects.toThrow('gone later')
    await staying
    expect(await history.read(ANA)).toHaveLength(1)
  })

  test.each([
    ['was lost', async (index: KeptLevel) => index.clear()],
    ['is half written', async (index: KeptLevel) => index.del('h')],
    ['is of a later version', async (index: KeptLevel) => index.put('h', '{"version":99}')],
  ])('an index that %s is made anew', async (_, harm) => {
    const log = logWith(['one', 'two'])
    const index = new KeptLevel()
    await using before = await log.history({ index })
    await before.follow()
    const whole = await dumpOf(index)
    await harm(index)
    await index.put('wstray', 'of another time')
    await using after = await log.history({ index })
    await after.follow()
    expect(await dumpOf(index)).toEqual(whole)
  })

  test.each([
    ['another log', logWith(['three', 'four'], 'branchline/other')],
    ['another history of the log', logWith(['one', 'other'])],
    ['a shorter one', logWith(['one'])],
  ])('an index of %s is thrown away', async (_, other) => {
    const index = new KeptLevel()
    await using before = await logWith(['one', 'two']).history({ index })
    await before.follow()
    await using after = await other.history({ index })
    await after.follow()
    const fresh = new KeptLevel()
    await using anew = await other.history({ index: fresh })
    await anew.follow()
    expect(await dumpOf(index)).toEqual(await dumpOf(fresh))
  })

  test('a log that cannot be read, or has a hole, is no reason to forget what was taken', async () => {
    const log = logWith(['one', 'two'])
    await using history = await log.history()
    await history.follow()
    log.received(ANA, { text: 'three' })
    const [last] = log.entries.splice(-1)
    log.entries.push({ ...(last as NonNullable<typeof last>), seq: 9 })
    await expect(history.follow()).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(await history.read(ANA)).toHaveLength(2)
  })
})

describe('erased words', () => {
  const log = (): TestLog => {
    const made = logWith(['the zebra ran', 'the horse ran'])
    made.received(BEA, { about: { type: 'pull', item: 'Giraffe', branch: 'West' }, text: 'a zebra, too' })
    return made
  }
  const erase = (made: TestLog): void => {
    made.redact(1, 'text')
    made.redact(3, 'text')
    made.redact(3, 'content')
  }

  test('are found no more, and are nowhere in the index', async () => {
    const made = log()
    const index = new MemoryLevel()
    await using history = await made.history({ index })
    await history.follow()
    expect(await history.search('zebra')).toHaveLength(2)
    expect(await history.search('giraffe')).toHaveLength(1)
    erase(made)
    await history.follow()
    expect(await history.search('zebra')).toEqual([])
    expect((await history.read(ANA)).map(({ text, isErased }) => [text, isErased])).toEqual(
      expect.arrayContaining([
        [undefined, true],
        ['the horse ran', false],
      ]),
    )
    expect(JSON.stringify(await dumpOf(index))).not.toMatch(/zebra|giraffe/i)
    expect(JSON.stringify(await dumpOf(index))).toContain('horse')
  })

  test('are not in the files of an index on disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'history-'))
    try {
      const made = log()
      await using history = await made.history({ index: new ClassicLevel<string>(folder) })
      await history.follow()
      expect(await bytesIn(folder)).toContain('zebra')
      erase(made)
      await history.follow()
      const bytes = await bytesIn(folder)
      expect(bytes).not.toMatch(/zebra|giraffe/i)
      expect(await history.search('horse')).toHaveLength(1)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

async function bytesIn(folder: string): Promise<string> {
  const files = await readdir(folder)
  const contents = await Promise.all(files.map((file) => readFile(join(folder, file), 'latin1')))
  return contents.join('\n')
}
