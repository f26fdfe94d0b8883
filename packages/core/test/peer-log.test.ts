import { leafHash, originOf, type SeenCheckpoint, verifierKey } from '@branchline/audit-sink'
import { provesEquivocation } from '@branchline/audit-sink/tlog'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CosignatureCheck } from '../src/delivery/cosignature-check.ts'
import { PeerLog } from '../src/delivery/peer-log.ts'
import { ForkedError } from '../src/errors.ts'
import type { LogProof } from '../src/wire/proof.ts'
import { codeOf, type Device, device, entriesOf, noted, own, signerOf, twin } from './support.ts'
import { genesisOf } from './voice.ts'

const SIZE = 20

/** A log of which there is a proof for each size that it had. */
async function history(self: Device) {
  const leaves = [leafHash(await genesisOf(self.audit))]
  const checkpoints = [await self.audit.checkpoint()]
  while (leaves.length < SIZE) {
    leaves.push((await noted(self)).leaf)
    checkpoints.push(await self.audit.checkpoint())
  }
  const proof = async (size: number, seq: number, from = 0): Promise<LogProof> => {
    const checkpoint = checkpoints[size - 1] as LogProof['checkpoint']
    return { checkpoint, ...(await self.audit.prove({ size, seq, from })) }
  }
  const leaf = (seq: number) => ({ seq, leaf: leaves[seq] as string })
  const seen = (size: number): SeenCheckpoint => {
    const { root, signature } = checkpoints[size - 1] as LogProof['checkpoint']
    return [self.audit.origin, size, root, Buffer.from(signature).toString('hex')]
  }
  return { proof, leaf, seen }
}

const self = await device()
const genesis = await genesisOf(self.audit)
const ours = await history(self)
const other = await history(await twin(self))
const stranger = await device()

const greeted = (held?: SeenCheckpoint, line = genesis, listed = self.signer.vkey): PeerLog =>
  PeerLog.greeted(self.peer, { genesis: line, continuations: [] }, { held, directors: [], listed })
const sizes = fc.tuple(fc.integer({ min: 1, max: SIZE }), fc.integer({ min: 1, max: SIZE }), fc.nat(SIZE - 1))

describe('a log that goes on as it should is followed', () => {
  test('from nothing, and from any size to any larger one', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([a, b, seq]) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const log = greeted()
        log.prove(ours.leaf(seq % from), await ours.proof(from, seq % from))
        log.prove(ours.leaf(seq % to), await ours.proof(to, seq % to, from))
        expect(log.proven?.size).toBe(to)
        const again = greeted(ours.seen(from))
        again.prove(ours.leaf(seq % to), await ours.proof(to, seq % to, from))
        expect(again.proven?.size).toBe(to)
      }),
    )
  })

  test('what is proven is given once to whoever puts it on record, and again when it was given back', async () => {
    const log = greeted(ours.seen(3))
    expect(log.takeUnkept()).toBeUndefined()
    log.prove(ours.leaf(0), await ours.proof(3, 0, 3))
    expect(log.takeUnkept()).toBeUndefined()
    log.prove(ours.leaf(1), await ours.proof(5, 1, 3))
    const unkept = log.takeUnkept()
    expect(unkept).toMatchObject({ origin: originOf(self.peer), size: 5 })
    log.prove(ours.leaf(2), await ours.proof(5, 2, 5))
    log.prove(ours.leaf(2), { ...(await ours.proof(5, 2, 5)), consistency: ['ab'.repeat(32)] })
    expect(log.takeUnkept()).toBeUndefined()
    log.giveBack(unkept as NonNullable<typeof unkept>)
    log.prove(ours.leaf(2), await ours.proof(6, 2, 5))
    expect(log.takeUnkept()?.size).toBe(6)
    expect(log.takeUnkept()).toBeUndefined()
  })

  test('also when the record is not in it: the peer goes on from there', async () => {
    const log = greeted()
    const step = await ours.proof(4, 1)
    expect(codeOf(() => log.prove(ours.leaf(2), step))).toBe('MESSAGE_UNPROVEN')
    expect([log.proven?.size, log.takeUnkept()?.size]).toEqual([4, 4])
    log.prove(ours.leaf(6), await ours.proof(9, 6, 4))
    expect(log.follow(await ours.proof(12, 0, 9))).toBeUndefined()
    expect(log.proven?.size).toBe(12)
  })
})

describe('a log that does not is not followed', () => {
  test('with another past it is proven to have two, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([a, b, seq]) => {
        const [held, shown] = [Math.min(a, b), Math.max(a, b)]
        const log = greeted(ours.seen(held))
        const at = seq % shown
        const proof = await other.proof(shown, at, held)
        const error = await thrownBy(() => log.prove(other.leaf(at), proof))
        expect(error).toBeInstanceOf(ForkedError)
        const { evidence } = error as ForkedError
        expect(provesEquivocation(evidence, self.audit.key)).toBe(true)
        expect(provesEquivocation(evidence, stranger.audit.key)).toBe(false)
        expect([log.proven?.size, log.takeUnkept()]).toEqual([held, undefined])
      }),
    )
  })

  test('the codes come in the order of the wire', async () => {
    const log = greeted(ours.seen(8))
    const unsigned = (proof: LogProof): LogProof => ({
      ...proof,
      checkpoint: { ...proof.checkpoint, signature: Buffer.alloc(64) },
    })
    const [smaller, forked] = [await ours.proof(5, 2), await other.proof(9, 2, 8)]
    expect(codeOf(() => log.prove(ours.leaf(2), undefined))).toBe('MESSAGE_UNPROVEN')
    expect(codeOf(() => log.prove(ours.leaf(3), unsigned(smaller)))).toBe('MESSAGE_UNPROVEN')
    expect(codeOf(() => log.prove(ours.leaf(2), unsigned(smaller)))).toBe('LOG_UNSIGNED')
    expect(codeOf(() => log.prove(ours.leaf(2), smaller))).toBe('LOG_ROLLED_BACK')
    expect(codeOf(() => log.prove(ours.leaf(2), forked))).toBe('MESSAGE_UNPROVEN')
    expect(codeOf(() => log.prove(other.leaf(2), forked))).toBe('LOG_FORKED')
    expect(log.proven?.size).toBe(8)
  })

  test('a path that leads nowhere accuses nobody', async () => {
    const log = greeted(ours.seen(5))
    const proof = await ours.proof(9, 2, 5)
    for (const consistency of [[], proof.consistency.slice(1), [...proof.consistency, 'ab'.repeat(32)]])
      expect(codeOf(() => log.prove(ours.leaf(2), { ...proof, consistency }))).toBe('MESSAGE_UNPROVEN')
    expect(log.proven?.size).toBe(5)
  })

  async function thrownBy(act: () => void): Promise<unknown> {
    try {
      act()
    } catch (error) {
      return error
    }
    return undefined
  }
})

describe('a hello', () => {
  test('LOG_KEY_CHANGED when its key did not sign what is held', async () => {
    const signer = signerOf(self.peer)
    const listed = signer.vkey
    const [entry] = await entriesOf((await twin({ ...self, signer })).audit)
    const other = own(entry?.line ?? [])
    expect(codeOf(() => greeted(undefined, other, listed))).toBeUndefined()
    expect(codeOf(() => greeted(ours.seen(3), other, listed))).toBe('LOG_KEY_CHANGED')
    expect(codeOf(() => greeted(ours.seen(3)))).toBeUndefined()
  })

  test('with a key that is no point of the curve harms nobody', async () => {
    for (const byte of [0x00, 0x01, 0x02, 0x7f, 0xff]) {
      const vkey = verifierKey(originOf(self.peer), Buffer.alloc(32, byte))
      const [entry] = await entriesOf((await twin({ ...self, signer: { ...self.signer, vkey } })).audit)
      expect(['LOG_KEY_CHANGED', 'LOG_UNKNOWN']).toContain(codeOf(() => greeted(ours.seen(3), own(entry?.line ?? []))))
    }
  })
})

describe('a cosignature of ours', () => {
  test('is taken once a size as a note with both signatures, and a wrong one never', async () => {
    const theirs = greeted()
    const check = new CosignatureCheck(stranger.audit.key)
    const [small, large] = [
      await stranger.audit.checkpoint(),
      await noted(stranger).then(() => stranger.audit.checkpoint()),
    ]
    const right = await self.audit.cosign(small)
    expect(check.check(small, theirs, right)).toContain(self.audit.origin)
    expect(check.check(small, theirs, right)).toBeUndefined()
    for (const wrong of [
      undefined,
      { ...right, time: right.time + 1 },
      { ...right, time: -1 },
      { ...right, time: 1.5 },
      { ...right, time: 2 ** 60 },
      { ...right, signature: Buffer.alloc(64) },
      { ...right, signature: right.signature.subarray(1) },
      { ...right, signature: Buffer.alloc(0) },
      await stranger.audit.cosign(small),
      await self.audit.cosign(large),
    ])
      expect(codeOf(() => check.check(small, theirs, wrong))).toBe('RECEIPT_WRONG')
    expect(codeOf(() => check.check(undefined, theirs, right))).toBe('RECEIPT_WRONG')
    expect(check.check(large, theirs, await self.audit.cosign(large))).toContain(self.audit.origin)
    expect(check.check(small, theirs, right)).toBeUndefined()
  })
})
