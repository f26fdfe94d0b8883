import { describe, expect, test } from 'vitest'
import {
  type Continuation,
  continuationText,
  isContinuation,
  type KeyChange,
  keyEpochs,
  keyInForce,
  parseRecord,
} from '../src/index.ts'
import { ANN, logOf, SIGNER, vectors } from './support.ts'

interface Vectors {
  readonly texts: readonly (Continuation & { readonly text: string })[]
  readonly chains: readonly ChainCase[]
}

interface ChainCase {
  readonly name: string
  readonly genesisKey: string
  readonly changes: readonly { readonly line: string; readonly root: string }[]
  readonly expect: string
  readonly epochs?: readonly { readonly from: number; readonly vkey: string }[]
}

const { texts, chains } = vectors<Vectors>('continuation')
const changesOf = ({ changes }: ChainCase): KeyChange[] =>
  changes.map(({ line, root }) => ({ record: parseRecord(Buffer.from(line)), line: Buffer.from(line), root }))

test('what is signed is the text of the specification, byte for byte', () => {
  for (const { text, ...statement } of texts) expect(continuationText(statement)).toBe(text)
})

describe('the key in force follows the statements in the log', () => {
  test.each(chains.filter((each) => each.expect === 'accept'))('$name', (chain) => {
    const epochs = keyEpochs(chain.genesisKey, changesOf(chain))
    expect(epochs.map(({ from, vkey }) => ({ from, vkey }))).toEqual(chain.epochs)
    for (const [n, { from, vkey }] of epochs.entries()) {
      const until = epochs[n + 1]?.from ?? Number.MAX_SAFE_INTEGER
      for (const size of [from, until - 1]) expect(keyInForce(epochs, size)).toBe(vkey)
      const { record } = epochs[n]?.change ?? {}
      expect(epochs[n]?.director).toBe(record?.kind === 'recovery' ? record.detail?.['signer'] : undefined)
    }
  })
})

describe('a statement that is not what it must be changes no key', () => {
  test.each(chains.filter((each) => each.expect !== 'accept'))('$name', (chain) => {
    expect(() => keyEpochs(chain.genesisKey, changesOf(chain))).toThrow(
      expect.objectContaining({ code: chain.expect }) as Error,
    )
  })

  test('nor does a record of another kind', () => {
    const [first] = changesOf(chains.find(({ changes }) => changes.length > 0) as ChainCase)
    const { record, line, root } = first as KeyChange
    const found = { ...record, kind: 'recovery' as const, detail: { 'found-from': 1, 'found-to': 2 } }
    expect(isContinuation(found)).toBe(false)
    expect(() => keyEpochs(chains[0]?.genesisKey as string, [{ record: found, line, root }])).toThrow(
      expect.objectContaining({ code: 'KEY_CHANGE_WRONG' }) as Error,
    )
  })
})

test('nobody but the log itself writes what changes its key', async () => {
  const log = await logOf()
  const signature = 'ab'.repeat(64)
  const detail = { key: SIGNER.vkey, signer: SIGNER.vkey, signature }
  const statement = { kind: 'recovery', actor: ANN, reason: 'why', detail } as const
  await expect(log.append([statement])).rejects.toMatchObject({ code: 'AUDIT_ENTRY_INVALID' })
  expect(await log.continuations()).toEqual([])
  expect((await log.head()).size).toBe(1)
})
