import { type AuditSink, leafHash } from '@branchline/audit-sink'
import { earlierRoot, verifyInclusion } from '@branchline/audit-sink/tlog'
import { describe, expect, test } from 'vitest'
import { isNotAsItWas, OwnLog } from '../src/delivery/own-log.ts'
import { MessengerError } from '../src/errors.ts'
import type { LogProof } from '../src/wire/proof.ts'
import { changed, type Device, device, gate, noted, pause, twin, until } from './support.ts'

const SOON_MS = 30

/** What is written of each record that is sent, in order; or the error. */
function sending(log: OwnLog, isWritten: (seq: number) => boolean = () => true) {
  const written: [seq: number, proof: LogProof][] = []
  const errors: [seq: number, error: unknown][] = []
  const send = (seq: number): void =>
    log.send(
      seq,
      (proof) => {
        written.push([seq, proof])
        return isWritten(seq)
      },
      (error) => errors.push([seq, error]),
    )
  return { send, written, errors }
}

async function deviceWith(records: number): Promise<Device> {
  const self = await device()
  for (let n = 1; n < records; n++) await noted(self)
  return self
}

const against = async (audit: AuditSink, held?: LogProof['checkpoint']) => OwnLog.against(audit, held, SOON_MS)

/** That each proof goes on from the one before, and has its record in it. */
async function assertChain(self: Device, written: readonly (readonly [number, LogProof])[], from: number) {
  let older = from === 0 ? undefined : { size: from, root: await rootAt(self, from) }
  for (const [seq, { checkpoint, inclusion, consistency }] of written) {
    const { size, root } = checkpoint
    const leaf = await leafAt(self, seq)
    expect(verifyInclusion({ leaf, index: seq, size, root, path: inclusion })).toBe(true)
    const earlier = older && earlierRoot({ from: older.size, to: size, toRoot: root, path: consistency })
    expect([earlier, older === undefined && consistency.length]).toEqual([older?.root, older === undefined && 0])
    older = { size, root }
  }
}

async function rootAt({ audit }: Device, size: number): Promise<string | undefined> {
  const { size: to, root: toRoot } = await audit.checkpoint()
  const { consistency } = await audit.prove({ size: to, from: size })
  return earlierRoot({ from: size, to, toRoot, path: consistency })
}

async function leafAt({ audit }: Device, seq: number): Promise<string> {
  for await (const [entry] of audit.read({ from: seq, to: seq + 1 })) return leafHash(entry?.line ?? Buffer.of())
  throw new Error('no such record')
}

describe('what we prove of our log', () => {
  test.each([0, 1, 2, 3, 4, 5])(
    'begins with the %i records that the peer holds, and goes on from there',
    async (held) => {
      const self = await deviceWith(Math.max(1, held))
      const log = await against(self.audit, held === 0 ? undefined : await self.audit.checkpoint())
      const { send, written } = sending(log)
      for (let n = 1; n <= 4; n++) {
        send((await noted(self)).seq)
        await until(() => written.length === n)
      }
      await assertChain(self, written, held)
    },
  )

  test('is one checkpoint for all that are sent in one turn, in the order of the calls', async () => {
    const self = await deviceWith(6)
    const { send, written } = sending(await against(self.audit))
    for (const seq of [3, 1, 5]) send(seq)
    await until(() => written.length === 3)
    expect(written.map(([seq, { checkpoint }]) => [seq, checkpoint.size])).toEqual([
      [3, 6],
      [1, 6],
      [5, 6],
    ])
    await assertChain(self, written, 0)
  })

  test('goes on from what was written, and from nothing that was not', async () => {
    const self = await deviceWith(2)
    const { send, written } = sending(await against(self.audit), (seq) => seq !== 2)
    send(1)
    await until(() => written.length === 1)
    for (let n = 0; n < 2; n++) send((await noted(self)).seq)
    await until(() => written.length === 3)
    const left = written.filter(([seq]) => seq !== 2)
    await assertChain(self, left, 0)
  })
})

describe('a log that cannot be read', () => {
  test('fails for those that were not written, and not for others or for ever', async () => {
    const self = await deviceWith(6)
    let fails = 0
    const audit = changed(self.audit, {
      prove: async (request) => {
        fails += 1
        return fails === 3 ? Promise.reject(new Error('I/O error')) : self.audit.prove(request)
      },
    })
    const { send, written, errors } = sending(await against(audit))
    for (const seq of [1, 2, 3, 4]) send(seq)
    await until(() => errors.length > 0)
    expect(written.map(([seq]) => seq)).toEqual([1, 2])
    expect(errors).toMatchObject([3, 4].map((seq) => [seq, { code: 'AUDIT_UNAVAILABLE' }]))
    send(5)
    await until(() => written.length === 3)
    expect(errors).toHaveLength(2)
  })

  test.each(['checkpoint', 'prove'] as const)('or hangs at %s, fails after its time', async (method) => {
    const self = await deviceWith(2)
    const log = await against(changed(self.audit, { [method]: () => new Promise(() => undefined) }))
    const { send, written, errors } = sending(log)
    send(1)
    await until(() => errors.length === 1)
    expect([written, errors]).toMatchObject([[], [[1, { code: 'AUDIT_UNAVAILABLE' }]]])
  })

  test('or hangs when it is compared with what the peer holds, fails, and is not taken for rolled back', async () => {
    const self = await deviceWith(2)
    const audit = changed(self.audit, { checkpoint: () => new Promise(() => undefined) })
    const error = await against(audit, await self.audit.checkpoint()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(isNotAsItWas(error as Error)).toBe(false)
  })

  test('keeps the order of those that wait for it', async () => {
    const self = await deviceWith(5)
    const { opened, open } = gate()
    const audit = changed(self.audit, { checkpoint: () => opened.then(() => self.audit.checkpoint()) })
    const { send, written } = sending(await OwnLog.against(audit, undefined, 1_000))
    for (const seq of [1, 2]) send(seq)
    await pause(5)
    for (const seq of [3, 4]) send(seq)
    open()
    await until(() => written.length === 4)
    expect(written.map(([seq]) => seq)).toEqual([1, 2, 3, 4])
  })
})

describe('what a peer holds of our log', () => {
  test.each([
    [5, 6],
    [5, 100],
    [5, 5],
    [5, 4],
    [5, 3],
    [8, 8],
    [8, 1],
  ])('our %i records are not what they were when it holds %i others under our key', async (ours, others) => {
    const self = await deviceWith(ours)
    const held = await (await twin(self, others)).audit.checkpoint()
    const error = await against(self.audit, held).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(MessengerError)
    expect(error).toMatchObject({ code: 'AUDIT_UNAVAILABLE', cause: { code: 'AUDIT_LOG_ROLLED_BACK' } })
    expect(isNotAsItWas(error as Error)).toBe(true)
  })

  test.each([1, 2, 3, 7, 8])('they are, when it holds the first %i of them', async (size) => {
    const self = await deviceWith(size)
    const held = await self.audit.checkpoint()
    for (let n = 0; n < 5; n++) await noted(self)
    await expect(against(self.audit, held)).resolves.toBeInstanceOf(OwnLog)
  })

  test('is not believed when another key signed it', async () => {
    const [self, other] = [await deviceWith(2), await deviceWith(40)]
    const error = await against(self.audit, await other.audit.checkpoint()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'LOG_UNKNOWN' })
    expect(isNotAsItWas(error as Error)).toBe(false)
  })
})
