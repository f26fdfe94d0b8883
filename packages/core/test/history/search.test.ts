import { describe, expect, test } from 'vitest'
import { wordsOf } from '../../src/history/words.ts'
import { ANA, BEA, SELF, TestLog } from './test-log.ts'

async function searched(texts: readonly string[]) {
  const log = new TestLog()
  for (const [time, text] of texts.entries()) log.received(ANA, { text, time })
  const history = await log.history()
  await history.follow()
  return {
    log,
    history,
    find: async (words: string) => (await history.search(words)).map(({ text }) => text),
  }
}

describe('a search', () => {
  test('is for all words, the last of which may go on; the newest comes first', async () => {
    const { find } = await searched(['The library closes', 'closed: the LIBRARY', 'the desk closes'])
    expect(await find('library clos')).toEqual(['closed: the LIBRARY', 'The library closes'])
    expect(await find('clos library')).toEqual([])
    expect(await find('the closes')).toEqual(['the desk closes', 'The library closes'])
    expect(await find('nothing')).toEqual([])
    expect(await find(' … ')).toEqual([])
  })

  test('takes no heed of case and accents, in Spanish too', async () => {
    const { find } = await searched(['La devolución está en el MOSTRADOR', 'mañana llega el camión', 'Straße'])
    expect(await find('devolucion mostrador')).toHaveLength(1)
    expect(await find('DEVOLUCIÓN esta')).toHaveLength(1)
    expect(await find('manan')).toEqual(['mañana llega el camión'])
    expect(await find('cami\u00f3n')).toEqual(await find('camio\u0301n'))
    expect(await find('strasse')).toEqual(['Straße'])
  })

  test('finds Chinese, Japanese and Korean by neighbours', async () => {
    const { find } = await searched(['图书馆明天关门', '馆长的图书', 'としょかん は ISBN書', '도서관에서'])
    expect(await find('图书馆')).toEqual(['图书馆明天关门'])
    expect(await find('图书')).toEqual(['馆长的图书', '图书馆明天关门'])
    expect(await find('门')).toEqual(['图书馆明天关门'])
    expect(await find('馆 关门')).toEqual(['图书馆明天关门'])
    expect(await find('としょ')).toEqual(['としょかん は ISBN書'])
    expect(await find('isbn 書')).toEqual(['としょかん は ISBN書'])
    expect(await find('도서관')).toEqual(['도서관에서'])
  })

  test('can be for one conversation, author and time', async () => {
    const log = new TestLog()
    const one = log.received(ANA, { text: 'word', time: 10 })
    const two = log.received(BEA, { text: 'word', time: 20, conversation: '#room', peers: [SELF, ANA] })
    const three = log.received(ANA, { text: 'word', time: 30, conversation: '#room', peers: [SELF, BEA] })
    await using history = await log.history()
    await history.follow()
    const ids = async (options: object) => (await history.search('word', options)).map(({ id }) => id)
    expect(await ids({})).toEqual([three, two, one])
    expect(await ids({ conversation: '#room' })).toEqual([three, two])
    expect(await ids({ from: ANA })).toEqual([three, one])
    expect(await ids({ since: 20, until: 30 })).toEqual([two])
    expect(await ids({ limit: 1 })).toEqual([three])
  })

  test('finds what a message says now', async () => {
    const log = new TestLog()
    const of = log.received(ANA, { text: 'before', time: 1 })
    log.received(ANA, { text: 'between', about: { type: 'edit', of }, time: 2 })
    log.received(ANA, { text: 'after', about: { type: 'edit', of }, time: 3 })
    log.sent({ text: 'forged', about: { type: 'edit', of } })
    await using history = await log.history()
    await history.follow()
    expect(await history.search('after')).toMatchObject([{ id: of, text: 'after' }])
    for (const words of ['before', 'between', 'forged']) expect(await history.search(words)).toEqual([])
    log.received(ANA, { about: { type: 'retract', of } })
    await history.follow()
    expect(await history.search('after')).toEqual([])
  })

  test('gives 200 at most, and looks at the newest of a word that is everywhere', async () => {
    const texts = Array.from({ length: 22_000 }, (_, n) => `common ${n % 11_000 === 0 ? 'rare' : `c${n}`}`)
    const { history, find } = await searched(texts)
    expect(await history.search('common', { limit: 1_000 })).toHaveLength(200)
    expect((await find('common'))[0]).toBe('common c21999')
    expect(await find('common rare')).toHaveLength(2)
    expect((await history.conversations())[0]?.unread).toBe(1_000)
    expect(await history.read(ANA, { limit: 1_000 })).toHaveLength(200)
  })
})

describe('the words of a message', () => {
  test('are at most 512, each of at most 64 bytes', () => {
    const many = Array.from({ length: 2_000 }, (_, n) => `w${n}`).join(' ')
    for (const text of [many, `é ${many}`, '图书'.repeat(16_000)]) {
      expect(wordsOf(text).size).toBeLessThanOrEqual(512)
    }
    for (const text of ['x'.repeat(30_000), 'ж'.repeat(15_000), '𝔘'.repeat(8_000), '\u{1e900}'.repeat(8_000)]) {
      const [word] = wordsOf(text)
      expect(Buffer.byteLength(word as string)).toBeLessThanOrEqual(64)
      expect(word?.isWellFormed()).toBe(true)
    }
  })
})
