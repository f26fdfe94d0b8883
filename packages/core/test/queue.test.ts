import { readFileSync } from 'node:fs'
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditSink } from '@branchline/audit-sink'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openQueue, type Posted, type QueuedError, type ReceivedMessage } from '../src/index.ts'
import type { QueueFile } from '../src/queue/queue-file.ts'
import { type Person, person } from './peers.ts'
import { revoked } from './rosters.ts'
import { changed, type Device, device, recordsOf, restarted, until } from './support.ts'

async function queueFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'branchline-queue-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'queue')
}

async function opened(file: string): Promise<QueueFile> {
  const queue = await openQueue(file)
  onTestFinished(() => queue[Symbol.asyncDispose]())
  return queue
}

type Append = AuditSink['append']

/** A sink whose `append` of messages can be made to misbehave. */
function fickle(audit: AuditSink): { sink: AuditSink; append: { of?: Append | undefined } } {
  const append: { of?: Append | undefined } = {}
  const sink = changed(audit, {
    append: async (entries, options) => {
      const isMessage = entries.some(({ kind }) => kind === 'sent')
      return isMessage && append.of !== undefined ? append.of(entries, options) : audit.append(entries, options)
    },
  })
  return { sink, append }
}

const noRoom: Append = async () => Promise.reject(Object.assign(new Error('no room'), { code: 'AUDIT_STORE_FULL' }))

interface Scene {
  readonly ann: Person
  readonly bea: Person
  readonly came: ReceivedMessage[]
  readonly recorded: (Posted & { draft: string })[]
  readonly append: { of?: Append | undefined }
}

async function scene(file: string, self?: Device): Promise<Scene> {
  const bea = await person({ name: 'Bea' })
  const came: ReceivedMessage[] = []
  bea.messenger.addEventListener('message', ({ detail }) => came.push(detail.value))
  const one = self ?? (await device())
  const { sink, append } = fickle(one.audit)
  const init = { audit: sink, queue: await opened(file), peers: [bea.address], recordTimeoutMs: 100 }
  const ann = await person(init, one)
  const recorded: Scene['recorded'] = []
  ann.messenger.addEventListener('queue:recorded', ({ detail }) => recorded.push(detail))
  return { ann: { ...ann, audit: one.audit }, bea, came, recorded, append }
}

async function refusal(work: Promise<unknown>): Promise<QueuedError> {
  return work.then(
    () => expect.unreachable(),
    (error: QueuedError) => error,
  )
}

describe('what is posted and cannot be recorded', () => {
  test('is queued, and is recorded and delivered in its order as soon as it can be, once', async () => {
    const { ann, bea, came, recorded, append } = await scene(await queueFile())
    append.of = noRoom
    const first = await refusal(ann.messenger.post(bea.peer, 'one'))
    expect(first).toMatchObject({ code: 'MESSAGE_QUEUED', cause: { code: 'AUDIT_UNAVAILABLE' } })
    expect(await refusal(ann.messenger.post(bea.peer, 'two'))).toMatchObject({ code: 'MESSAGE_QUEUED' })
    expect(ann.messenger.queued().map(({ draft, where }) => [draft, where])).toMatchObject([
      [first.draft, bea.peer],
      [expect.anything(), bea.peer],
    ])
    expect([came, await recordsOf(ann.store, 'sent')]).toEqual([[], []])
    append.of = undefined
    await until(() => came.length === 2 && recorded.length === 2)
    expect(came.map(({ text }) => text)).toEqual(['one', 'two'])
    const records = await recordsOf(ann.store, 'sent')
    expect(records.map(({ detail }) => detail?.['draft'])).toEqual(recorded.map(({ draft }) => draft))
    expect(recorded[0]).toMatchObject({ draft: first.draft, id: came[0]?.id, to: [bea.peer] })
    expect(ann.messenger.queued()).toEqual([])
  })

  test('is delivered after a restart, and not twice where its record was durable after all', async () => {
    const file = await queueFile()
    const { ann, bea, append } = await scene(file)
    // It is written, and the sink says that it failed.
    append.of = async (entries, options) => {
      await ann.audit.append(entries, options)
      return noRoom([])
    }
    await refusal(ann.messenger.post(bea.peer, 'written'))
    append.of = noRoom
    await refusal(ann.messenger.post(bea.peer, 'not written'))
    await ann.messenger.close()
    const again = await scene(file, await restarted(ann))
    await again.ann.messenger.close()
    const listen = [bea.address.replace(/\/p2p\/.*/, '')]
    const came: ReceivedMessage[] = []
    await bea.messenger.close()
    const back = await person({ listen }, await restarted(bea))
    back.messenger.addEventListener('message', ({ detail }) => came.push(detail.value))
    const third = await person({ queue: await opened(file), peers: [bea.address] }, await restarted(again.ann))
    await until(() => came.length === 2)
    expect(came.map(({ text }) => text)).toEqual(['written', 'not written'])
    expect(third.messenger.queued()).toEqual([])
    expect(await recordsOf(ann.store, 'sent')).toHaveLength(2)
  })

  test('is not recorded twice in one session either', async () => {
    const { ann, bea, came, recorded, append } = await scene(await queueFile())
    append.of = async (entries, options) => {
      append.of = undefined
      await ann.audit.append(entries, options)
      return noRoom([])
    }
    await refusal(ann.messenger.post(bea.peer, 'once'))
    await until(() => came.length === 1 && recorded.length === 1)
    expect(await recordsOf(ann.store, 'sent')).toHaveLength(1)
    expect(recorded[0]?.id).toBe(came[0]?.id)
  })

  test('and whose sink does not answer is on its way when it does, by the record that it has then', async () => {
    const { ann, bea, came, recorded, append } = await scene(await queueFile())
    const answer = Promise.withResolvers<void>()
    append.of = async (entries, options) => {
      await answer.promise
      return ann.audit.append(entries, options)
    }
    const { draft } = await refusal(ann.messenger.post(bea.peer, 'slow disk'))
    expect(came).toEqual([])
    answer.resolve()
    await until(() => came.length === 1 && recorded.length === 1)
    expect(recorded[0]).toMatchObject({ draft, id: came[0]?.id })
    await until(async () => (await recordsOf(ann.store, 'outcome')).length === 1)
    expect(await recordsOf(ann.store, 'outcome')).toMatchObject([{ detail: { result: 'delivered' } }])
  })

  test('is thrown away by whoever wrote it, and by nobody else', async () => {
    const file = await queueFile()
    const { ann, bea, append, came } = await scene(file)
    append.of = noRoom
    const { draft } = await refusal(ann.messenger.post(bea.peer, 'a slip of the pen'))
    expect(Buffer.from(await readFile(file)).includes(Buffer.from('a slip of the pen').toString('base64'))).toBe(true)
    await ann.messenger.discard(draft)
    expect(ann.messenger.queued()).toEqual([])
    append.of = undefined
    await ann.messenger.post(bea.peer, 'hello')
    await until(() => came.length === 1)
    expect(came[0]?.text).toBe('hello')
    expect(Buffer.from(await readFile(file)).includes(Buffer.from('a slip of the pen').toString('base64'))).toBe(false)
  })

  test('and may not be said any more is told, stays, and holds up nothing', async () => {
    const { ann, bea, append, came } = await scene(await queueFile())
    const refused: string[] = []
    ann.messenger.addEventListener('queue:refused', ({ detail: { queued, error } }) => {
      refused.push(`${queued.draft} ${error.code}`)
    })
    append.of = noRoom
    const dan = await device()
    const { draft } = await refusal(ann.messenger.post(dan.peer, 'to somebody who leaves'))
    await refusal(ann.messenger.post(bea.peer, 'to Bea'))
    await revoked(dan.peer)
    append.of = undefined
    await until(() => came.length === 1)
    expect(refused).toEqual([`${draft} MEMBER_REVOKED`])
    expect(ann.messenger.queued().map((queued) => queued.draft)).toEqual([draft])
    await ann.messenger.post(bea.peer, 'at once')
  })

  test('is not asked for again of a sink that lies', async () => {
    const { ann, bea, append } = await scene(await queueFile())
    let asked = 0
    append.of = async () => {
      asked += 1
      return []
    }
    expect(await refusal(ann.messenger.post(bea.peer, 'x'))).toMatchObject({ cause: { code: 'AUDIT_RECEIPT_WRONG' } })
    await refusal(ann.messenger.post(bea.peer, 'y'))
    expect([asked, ann.messenger.queued().length]).toEqual([1, 2])
  })

  test('is given back where there is no queue, or no room in it; a mark always is', async () => {
    const { ann, bea, append } = await scene(await queueFile())
    append.of = noRoom
    const marked = [{ id: 'ab'.repeat(32), from: bea.peer, conversation: undefined }]
    await expect(ann.messenger.mark(marked, 'read')).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    let last: QueuedError | undefined
    for (let n = 0; n < 80 && last?.code !== 'AUDIT_UNAVAILABLE'; n++) {
      last = await refusal(ann.messenger.post(bea.peer, 'x'.repeat(32_000)))
    }
    expect(last).toMatchObject({ code: 'AUDIT_UNAVAILABLE' })
    expect(last?.message).toContain('no room')
    expect(ann.messenger.queued().length).toBeGreaterThan(40)
  })
})

describe('spec/vectors/queue.json', () => {
  const file = new URL('../../../spec/vectors/queue.json', import.meta.url)
  const cases = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly name: string
    readonly begins: string
    readonly waiting: readonly string[]
    readonly damaged: number
  }[]

  test.each(cases)('$name', async ({ begins, waiting, damaged }) => {
    const whole = Buffer.alloc(2_097_152)
    Buffer.from(begins, 'hex').copy(whole)
    const path = await queueFile()
    await writeFile(path, whole)
    const queue = await opened(path)
    expect([queue.found.map(({ draft }) => draft), queue.damaged]).toEqual([waiting, damaged])
  })
})

describe('the file of what waits', () => {
  test('has all its room before it is used, and is for its owner alone', async () => {
    const file = await queueFile()
    await opened(file)
    const { size, blocks, mode } = await stat(file)
    expect([size, mode & 0o777]).toEqual([2_097_152, 0o600])
    expect(blocks * 512).toBeGreaterThanOrEqual(size)
  })

  test('is no other file', async () => {
    const file = await queueFile()
    await writeFile(file, 'shopping list')
    await expect(openQueue(file)).rejects.toMatchObject({ code: 'QUEUE_FAILED' })
    expect(await readFile(file, 'utf8')).toBe('shopping list')
  })

  test('tells of what in it is not as it was written, and gives the rest', async () => {
    const file = await queueFile()
    const queue = await openQueue(file)
    const content = { text: Buffer.from('hello'), about: { type: 'text' } } as const
    for (const n of [1, 2, 3]) {
      await queue.add({ draft: String(n).repeat(32), time: n, where: '#reference', content })
    }
    await queue[Symbol.asyncDispose]()
    const handle = await open(file, 'r+')
    const at = (await readFile(file)).indexOf('2222')
    await handle.write('3', at)
    await handle.close()
    const { found, damaged } = await opened(file)
    expect([found.map(({ draft }) => draft[0]), damaged]).toEqual([['1', '3'], 1])
  })
})
