import type { CliIO } from '../io.ts'
import type { Session } from '../profile/open.ts'
import { object } from './check.ts'
import { tellEvents } from './events.ts'
import { type Line, lines } from './lines.ts'
import { methodsOf } from './methods.ts'
import { Outlet } from './outlet.ts'
import { Past } from './past.ts'
import { readyOf } from './people.ts'
import { parseRequest, type RequestId } from './request.ts'
import { Requests } from './requests.ts'

export interface ServeInit {
  readonly io: CliIO
  /** Closed when this ends. */
  readonly session: Session
  /** Of the program. */
  readonly version: string
}

const none = object({})

/**
 * Serves the messenger of a session to the host on standard input and output (spec/stdio.md), until its input ends, it
 * says `shutdown`, or `io.signal` is aborted.
 * @throws CliError OUTPUT_UNREAD
 */
export async function serve({ io, session, version }: ServeInit): Promise<void> {
  const outlet = new Outlet(io)
  const past = new Past(session.messenger.history)
  const requests = new Requests(methodsOf(session, past, version), (line) => outlet.say(line))
  tellEvents(session.messenger, (line) => outlet.say(line))
  outlet.say({ event: 'ready', data: readyOf(session, version) })
  const ending = AbortSignal.any([io.signal, outlet.unread])
  ending.addEventListener('abort', () => requests.cancelAll(), { once: true })
  const last = await takeLines(io, { requests, outlet, ending })
  await requests.settled()
  await session[Symbol.asyncDispose]()
  outlet.unread.throwIfAborted()
  if (last !== undefined) outlet.say({ id: last, result: {} })
}

interface Taking {
  readonly requests: Requests
  readonly outlet: Outlet
  readonly ending: AbortSignal
}

/** @returns the id of a `shutdown` */
async function takeLines({ stdin }: CliIO, { requests, outlet, ending }: Taking): Promise<RequestId | undefined> {
  const ended = new Promise<IteratorResult<Line>>((resolve) => {
    ending.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true })
  })
  const source = lines(stdin)[Symbol.asyncIterator]()
  while (!ending.aborted) {
    await Promise.race([outlet.room(), ended])
    const { done, value } = await Promise.race([source.next(), ended])
    if (done === true) break
    const id = take(value, requests)
    if (id !== undefined) return id
  }
  return undefined
}

function take(line: Line, requests: Requests): RequestId | undefined {
  if (line !== undefined && isBlank(line)) return undefined
  const request = parseRequest(line)
  if ('error' in request) {
    requests.refuse(request.id, request.error)
    return undefined
  }
  if (request.method !== 'shutdown') {
    requests.take(request)
    return undefined
  }
  try {
    none(request.params, 'params')
    return request.id
  } catch (error) {
    requests.refuse(request.id, error)
    return undefined
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === 0x0d)
}
