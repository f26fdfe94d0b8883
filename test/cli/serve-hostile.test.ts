import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ALONE, branchline, LAUNCHER } from '../support/branchline.ts'
import { type Host, type HostLine, startHost } from '../support/host.ts'
import { enrol } from '../support/library.ts'
import { assertFits } from '../support/stdio-schema.ts'
import { testFolder } from '../support/test-folder.ts'

const LONGEST = 1_048_576
const HASH = 'a'.repeat(64)
const SEVEN = '"id":7,"method":"post","params":{"where":"Bea","text"'

const asked = (method: string, params: object): string => JSON.stringify({ id: 7, method, params })

/** What it is, the line, and the code with which it is answered; its id is 7 where it can be read. */
const HOSTILE: readonly (readonly [what: string, line: string | Uint8Array, code: string, id: 7 | null])[] = [
  ['a line that is too long', 'x'.repeat(LONGEST + 1), 'LINE_TOO_LONG', null],
  ['one of ten times that', `{"id":7,"method":"${'x'.repeat(10 * LONGEST)}"}`, 'LINE_TOO_LONG', null],
  ['the longest line, which is no JSON', 'x'.repeat(LONGEST), 'LINE_MALFORMED', null],
  ['no JSON', '{"id":7,"method"', 'LINE_MALFORMED', null],
  ['what is deeper than anything is', '['.repeat(500_000), 'LINE_MALFORMED', null],
  ['bytes that are no UTF-8', Buffer.from(`{${SEVEN}:"\xff"}}`, 'latin1'), 'LINE_MALFORMED', null],
  ['a byte order mark', '\ufeff{"id":7,"method":"hello"}', 'LINE_MALFORMED', null],
  ['no object', '[]', 'LINE_MALFORMED', null],
  ['nothing', 'null', 'LINE_MALFORMED', null],
  ['no id', '{"method":"hello"}', 'LINE_MALFORMED', null],
  ['an id that is none', '{"id":1.5,"method":"hello"}', 'LINE_MALFORMED', null],
  ['an id that is too long', `{"id":"${'x'.repeat(65)}","method":"hello"}`, 'LINE_MALFORMED', null],
  ['no method', '{"id":7}', 'LINE_MALFORMED', 7],
  ['params that are none', '{"id":7,"method":"hello","params":[]}', 'LINE_MALFORMED', 7],
  ['a member that is not known', '{"id":7,"method":"hello","jsonrpc":"2.0"}', 'LINE_MALFORMED', 7],
  ['a method that there is not', '{"id":7,"method":"toString"}', 'METHOD_UNKNOWN', 7],
  ['what every object has', '{"id":7,"method":"__proto__"}', 'METHOD_UNKNOWN', 7],
  ['a param that every object has', '{"id":7,"method":"hello","params":{"__proto__":{}}}', 'PARAMS_INVALID', 7],
  ['a shutdown with params', asked('shutdown', { now: true }), 'PARAMS_INVALID', 7],
  ['half a character', `{${SEVEN}:"\\ud800"}}`, 'PARAMS_INVALID', 7],
  ['an empty text', `{${SEVEN}:""}}`, 'MESSAGE_EMPTY', 7],
  ['a text that is too long', `{${SEVEN}:"${'x'.repeat(32_769)}"}}`, 'MESSAGE_TOO_LARGE', 7],
  ['no text', asked('post', { where: 'Bea' }), 'MESSAGE_EMPTY', 7],
  ['a name that is not on the roster', asked('post', { where: 'Zoe', text: 'x' }), 'PEER_UNKNOWN', 7],
  ['the beginning of a name', asked('post', { where: 'Be', text: 'x' }), 'PEER_UNKNOWN', 7],
  ['oneself', asked('post', { where: 'Ann', text: 'x' }), 'PEER_INVALID', 7],
  ['a room that one is not in', asked('post', { where: '#x', text: 'x' }), 'CONVERSATION_UNKNOWN', 7],
  ['a desk that one does not staff', asked('post', { where: 'Bea', text: 'x', as: 'Reference' }), 'ROLE_MISSING', 7],
  [
    'what is not for us to say',
    asked('post', { where: 'Bea', about: { type: 'mark', read: [HASH] } }),
    'PARAMS_INVALID',
    7,
  ],
  ['an offer that there is not', asked('accept', { offer: HASH }), 'FILE_UNKNOWN', 7],
  ['a file that there is not', asked('offer', { where: 'Bea', path: '/none' }), 'FILE_UNREADABLE', 7],
  ['a file that never ends', asked('offer', { where: 'Bea', path: '/dev/zero' }), 'FILE_UNREADABLE', 7],
  ['a page before nothing', asked('messages', { conversation: 'Bea', before: HASH }), 'HISTORY_UNKNOWN', 7],
  [
    'a step of a request that there is not',
    asked('post', { where: 'Bea', about: { type: 'pull-step', of: HASH, step: 'claim' } }),
    'PARAMS_INVALID',
    7,
  ],
]

async function served(): Promise<Host> {
  const folder = await testFolder()
  await enrol(folder, 'Ann', join(folder, 'ann'))
  return (await startHost(join(folder, 'ann'))).host
}

const answersOf = ({ lines }: Host) => lines.flatMap((line) => (line.event === undefined ? [line] : []))

describe('whatever is on standard input', () => {
  test('is answered with a code of its own, once, and the process goes on', async () => {
    const host = await served()
    const answered: unknown[] = []
    for (const [what, line, , id] of HOSTILE) {
      const before = answersOf(host).length
      host.write(line)
      await host.ask('hello')
      if (id === 7) await host.answer(7)
      await host.ask('hello')
      const answers = answersOf(host)
        .slice(before)
        .filter((each) => each.result === undefined)
      answered.push([what, answers.map((each) => [each.error?.code, each.id])])
      host.program.said.splice(0)
    }
    expect(answered).toEqual(HOSTILE.map(([what, , code, id]) => [what, [[code, id]]]))
    host.write('')
    host.write('\r')
    host.write('{"id":"é","method":"hello"}\r')
    expect(await host.answer('é')).toMatchObject({ result: { protocol: 1 } })
    expect(answersOf(host)).toHaveLength(1)
    await host.end()
    const { stdout } = await branchline(['audit', 'show', '--json', host.profile])
    expect(stdout).not.toContain('"kind":"sent"')
  })

  test('an id that is under way is refused, and that request goes on', async () => {
    const host = await served()
    const post = (text: string): string => `{${SEVEN}:"${text}"}}`
    host.write(`${post('first')}\n${post('second')}`)
    await host.program.first(
      'two answers',
      (line): line is typeof line => line !== undefined && answersOf(host).length === 2,
    )
    const [refused, done] = answersOf(host)
    expect(refused).toMatchObject({ id: 7, error: { code: 'ID_IN_USE' } })
    expect(done).toMatchObject({ id: 7, result: { seq: expect.any(Number) } })
    await host.end()
  })

  test('of 300 requests at once each is answered once; those beyond 256 are refused, and nothing of them is on record', async () => {
    const host = await served()
    const requests = Array.from({ length: 300 }, (_, n) => {
      return JSON.stringify({ id: n, method: 'post', params: { where: 'Bea', text: `${n}` } })
    })
    host.write(requests.join('\n'))
    await Promise.all(requests.map((_, n) => host.answer(n)))
    await host.end()
    const answers = answersOf(host)
    expect(new Set(answers.map(({ id }) => id)).size).toBe(300)
    expect(answers).toHaveLength(300)
    const refused = answers.filter(({ error }) => error !== undefined)
    expect(refused.map(({ id, error }) => [id, error?.code])).toEqual(
      Array.from({ length: 44 }, (_, n) => [256 + n, 'REQUESTS_TOO_MANY']),
    )
    const done = answers.flatMap(({ id, result }) => (result === undefined ? [] : [[id, result['seq']]]))
    expect(done.toSorted(([a], [b]) => Number(a) - Number(b)).map(([, seq]) => seq)).toEqual(
      Array.from({ length: 256 }, (_, n) => (done[0]?.[1] as number) + n),
    )
  })

  test('it may end in the middle of a line, or say nothing at all', async () => {
    const host = await served()
    host.program.writeRaw('{"id":1,"method":"hello"}')
    await host.end()
    expect(answersOf(host)).toMatchObject([{ id: 1, result: { protocol: 1 } }])
    const silent = await served()
    await silent.end()
    expect(answersOf(silent)).toEqual([])
  })
})

describe('params are what the schema says', () => {
  const post = { where: 'Bea', text: 'x', as: 'Reference', also: ['Cy'] }
  const PARAMS: Readonly<Record<string, object>> = {
    hello: {},
    post: { ...post, about: { type: 'reply', to: HASH } },
    send: { to: 'Cy', text: 'x', timeoutMs: 1 },
    mark: { messages: [{ id: HASH, from: 'x', conversation: '#x' }], how: 'read' },
    presence: { state: 'here' },
    offer: { ...post, path: '/none', name: 'none' },
    accept: { offer: HASH },
    conversations: { limit: 1 },
    messages: { conversation: 'Bea', before: HASH, limit: 1 },
    states: { id: HASH },
    pulls: { state: 'open', limit: 1 },
    cancel: { request: 1 },
  }
  const ABOUTS: readonly object[] = [
    { type: 'reply', to: HASH },
    { type: 'edit', of: HASH },
    { type: 'retract', of: HASH },
    { type: 'urgent' },
    { type: 'pull', item: 'x', branch: 'x' },
    { type: 'pull-step', of: HASH, step: 'claim', after: [HASH] },
    { type: 'group', name: 'x' },
    { type: 'desk', step: 'on' },
    { type: 'desk', step: 'hand-over', to: 'Cy' },
  ]
  const WRONG = [null, true, 0, -1, 1.5, 1e9, '', 'x', 'x'.repeat(5_000), [], [null], ['x'], Array(600).fill('x'), {}]

  /** The same with one member changed, left out, or added. */
  function* changed(params: object): Iterable<object> {
    yield { ...params, other: 1 }
    for (const [name, value] of Object.entries(params)) {
      const { [name]: _, ...rest } = params as Record<string, unknown>
      yield rest
      for (const wrong of WRONG) yield { ...params, [name]: wrong }
      if (typeof value === 'object' && !Array.isArray(value)) {
        for (const inner of changed(value as object)) yield { ...params, [name]: inner }
      }
      if (Array.isArray(value) && typeof value[0] === 'object') {
        for (const inner of changed(value[0] as object)) yield { ...params, [name]: [inner] }
      }
    }
  }

  test('for every method, whichever member is left out, added or something else', async () => {
    const host = await served()
    const all = Object.entries(PARAMS).flatMap(([method, params]) =>
      [params, ...changed(params)].map((each) => [method, each] as const),
    )
    const abouts = ABOUTS.flatMap((about) =>
      [about, ...changed(about)].map((each) => ['post', { where: 'Zoe', about: each }] as const),
    )
    const differ: unknown[] = []
    let refusals = 0
    for (const [method, params] of [...all, ...abouts]) {
      const id = host.lines.length
      host.write(JSON.stringify({ id, method, params }))
      const isRefused = (await host.answer(id)).error?.code === 'PARAMS_INVALID'
      if (isRefused) refusals += 1
      if (isRefused === fits({ id, method, params }))
        differ.push([method, JSON.stringify(params).slice(0, 200), isRefused])
    }
    expect(differ).toEqual([])
    expect(refusals).toBeGreaterThan(500)
    await host.end()
  })

  function fits(request: object): boolean {
    try {
      assertFits(request, 'request')
      return true
    } catch {
      return false
    }
  }
})

/** A program whose output nobody reads. */
function unread(profile: string, ...flags: readonly string[]) {
  const args = [LAUNCHER, 'serve', '--stdio', '--profile', profile, ...ALONE, ...flags]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.on('error', () => undefined) // it ended
  const errors = text(child.stderr)
  const ended = once(child, 'exit').then(async ([code]) => ({ code: code as number | null, errors: await errors }))
  return { child, ended }
}

/** What a stream still holds when it has held as much for a second. */
async function heldBy(stream: Writable): Promise<number> {
  const before = stream.writableLength
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  return stream.writableLength === before ? before : heldBy(stream)
}

/** Resolves when it was told of so many. */
async function outcomes(host: Host, count: number): Promise<void> {
  const isLast = (line: HostLine): line is HostLine => line.event === 'outcome' && host.all('outcome').length === count
  await host.program.first(`${count} outcomes`, isLast)
}

describe('when nobody reads', () => {
  test('no request is read either, until somebody does; then each is answered, once', async () => {
    const host = await served()
    await host.end()
    const { child, ended } = unread(host.profile)
    const requests = Array.from({ length: 50_000 }, (_, id) => `${JSON.stringify({ id, method: 'hello' })}\n`).join('')
    child.stdin.end(requests)
    expect(await heldBy(child.stdin)).toBeGreaterThan(requests.length / 2)
    const lines = (await text(child.stdout)).trim().split('\n')
    const ids = lines.map((each) => (JSON.parse(each) as { id?: number }).id).filter((id) => id !== undefined)
    expect(ids).toEqual(Array.from({ length: 50_000 }, (_, id) => id))
    expect(await ended).toEqual({ code: 0, errors: '' })
  })

  test('what comes is held up to a bound; then it ends with OUTPUT_UNREAD and 8, and all that came is on record', async () => {
    const folder = await testFolder()
    const [annAt, beaAt] = [join(folder, 'ann'), join(folder, 'bea')]
    await enrol(folder, 'Ann', annAt)
    await enrol(folder, 'Bea', beaAt)
    const { host: ann, address } = await startHost(annAt)
    const { ended } = unread(beaAt, '--peer', address)
    await ann.until('colleague:here')
    // Six bytes each, as they are written in JSON.
    const long = '\u0001'.repeat(32_768)
    const posting = Array.from({ length: 60 }, () => ann.ask('post', { where: 'Bea', text: long }))
    const { code, errors } = await ended
    expect(errors).toMatch(/^branchline: OUTPUT_UNREAD: [0-9]+ bytes were said and not read, [^\n]*on record\n$/)
    expect(code).toBe(9)
    await Promise.all(posting)
    const { host: bea } = await startHost(beaAt, [address])
    await outcomes(ann, 60)
    let found = 0
    for (let before: string | undefined, more = true; more; ) {
      const page = await bea.ask('messages', { conversation: 'Ann', limit: 100, ...(before && { before }) })
      found += page['messages'].length
      before = page['messages'][0]?.id
      more = page['more']
    }
    expect(found).toBe(60)
    await bea.end()
    await ann.end()
    expect(await branchline(['audit', 'join', annAt, beaAt])).toMatchObject({ code: 0 })
  })

  test('a host that closes its end of the output is told so, too, and the session ends on record', async () => {
    const host = await served()
    await host.end()
    const { child, ended } = unread(host.profile)
    await once(child.stdout, 'readable')
    child.stdout.destroy()
    child.stdin.write('{"id":1,"method":"hello"}\n')
    expect(await ended).toEqual({ code: 9, errors: expect.stringMatching(/^branchline: OUTPUT_UNREAD: .*closed/) })
    const { stdout } = await branchline(['audit', 'show', '--json', host.profile])
    expect(stdout.trim().split('\n').at(-1)).toContain('"event":"stop"')
  })
})
