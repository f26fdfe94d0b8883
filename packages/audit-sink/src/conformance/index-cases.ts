import { deepEqual, equal } from 'node:assert/strict'
import { MAX_ORIGIN_CHARACTERS } from '../limits.ts'
import { type CompleteTile, TILE_BYTES } from '../tlog/tiled-tree.ts'
import { assertSameBytes, batchOf, bytesOf, hashOf } from './batches.ts'
import type { CaseDraft } from './bench.ts'

const ONE = [{}]

/** Every character that an origin may have: printable ASCII other than space and `+` (spec/audit-log.md section 6). */
const PRINTABLE = Array.from({ length: 0x5e }, (_, n) => String.fromCharCode(0x21 + n))
  .filter((character) => character !== '+')
  .join('')
const LONGEST = PRINTABLE.repeat(3).slice(0, MAX_ORIGIN_CHARACTERS)
/** Alike but for a case, an end, or what a pattern or a path takes for something else. */
const ORIGINS = [LONGEST, `${LONGEST.slice(0, -1)}~`, PRINTABLE, 'a', 'A', 'aa', 'a/', 'a%', 'a_', 'ab', '../a', "a'"]

export const INDEX_CASES: readonly CaseDraft[] = [
  {
    name: 'a message is found by its ID, with the newest seq given for it, and no other is',
    async run(bench) {
      const store = await bench.open()
      const ids = Array.from({ length: 20 }, (_, n) => hashOf(`message ${n}`))
      await store.append(batchOf(0, ONE, { messages: new Map(ids.map((id) => [id, 0])) }))
      await store.append(batchOf(1, ONE, { messages: new Map(ids.slice(0, 5).map((id) => [id, 1])) }))
      for (const [n, id] of ids.entries()) equal(await store.lookup(id), n < 5 ? 1 : 0, `message ${n}`)
      equal(await store.lookup(hashOf('unknown')), undefined, 'an unknown message')
    },
  },
  {
    name: 'an origin is found with the newest seq given for it, and no other is',
    async run(bench) {
      const store = await bench.open()
      await store.append(batchOf(0, ONE, { witnessed: new Map(ORIGINS.map((origin) => [origin, 0])) }))
      for (const [n, origin] of ORIGINS.entries()) {
        await store.append(batchOf(n + 1, ONE, { witnessed: new Map([[origin, n + 1]]) }))
      }
      for (const [n, origin] of ORIGINS.entries()) equal(await store.witnessed(origin), n + 1, origin)
      for (const unknown of ['b', 'aaa', LONGEST.slice(1), hashOf('unknown')]) {
        equal(await store.witnessed(unknown), undefined, unknown)
      }
    },
  },
  {
    name: 'a message ID and an origin of the same letters are not confused',
    async run(bench) {
      const store = await bench.open()
      const [both, message, origin] = [hashOf('both'), hashOf('a message'), hashOf('an origin')]
      const messages = new Map([both, message].map((id) => [id, 0]))
      const witnessed = new Map([both, origin].map((id) => [id, 1]))
      await store.append(batchOf(0, [{}, {}], { messages, witnessed }))
      equal(await store.lookup(both), 0)
      equal(await store.witnessed(both), 1)
      equal(await store.lookup(origin), undefined)
      equal(await store.witnessed(message), undefined)
    },
  },
  {
    name: 'continuations are given in rising order of seq, each once, and nothing else is',
    async run(bench) {
      const store = await bench.open()
      deepEqual(await store.continuations(), [])
      await store.append(batchOf(0, [{}, {}, {}], { continuations: [2] }))
      await store.append(batchOf(3, ONE, { messages: new Map([[hashOf('c'), 3]]), witnessed: new Map([['c', 3]]) }))
      for (const seq of [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]) {
        await store.append(batchOf(seq, ONE, { continuations: seq % 3 === 0 ? [] : [seq] }))
      }
      deepEqual(await store.continuations(), [2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17])
    },
  },
  {
    name: 'tiles are kept, and not confused between levels and places',
    async run(bench) {
      const store = await bench.open()
      const places = [0, 1, 2, 6].flatMap((level) =>
        [0, 1, 9, 10, 16, 255, 256, 4_294_967_297].map((index) => ({ level, index })),
      )
      const tiles: CompleteTile[] = places.map((place, n) => ({ ...place, hashes: bytesOf(TILE_BYTES, n + 1) }))
      await store.append(batchOf(0, ONE, { tiles: tiles.slice(0, 10) }))
      await store.append(batchOf(1, ONE, { tiles: tiles.slice(10) }))
      for (const { level, index, hashes } of tiles) {
        assertSameBytes(await store.tile(level, index), hashes, `tile ${index} of level ${level}`)
      }
      for (const [level, index] of [
        [0, 3],
        [3, 0],
        [1, 11],
        [6, 2],
      ] as const) {
        equal(await store.tile(level, index), undefined, `tile ${index} of level ${level}`)
      }
    },
  },
]
