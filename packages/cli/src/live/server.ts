import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type AuditSink, CodedError, formatHeadNote, reasonOf } from '@branchline/audit-sink'
import type { HostedMessenger, RosterKeeper } from '@branchline/core'
import { findColleague, withMembers } from '../find-colleague.ts'
import type { ProfilePaths } from '../profile/paths.ts'
import { postAndWait } from './post-and-wait.ts'
import { type LiveAnswer, type LiveRequest, MAX_REQUEST_BYTES, parseRequest, toWire } from './protocol.ts'
import { statusOf } from './status.ts'

export interface LiveServed {
  readonly messenger: HostedMessenger
  readonly audit: AuditSink
  readonly roster: RosterKeeper
}

export interface LiveServer {
  close(): Promise<void>
}

/** Unix sockets have paths of at most 103 bytes (macOS), 107 (Linux). */
const MAX_SOCKET_PATH = 100
const WINDOWS_PIPE = '\\\\.\\pipe\\'

/**
 * Lets other commands on the same profile read the log and send, while this process holds the store, which admits one
 * process only.
 */
export async function serveLive(paths: ProfilePaths, served: LiveServed): Promise<LiveServer> {
  const place = await chooseSocket(paths)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    // A client that goes away in the middle (`| head`) must not be felt here.
    converse(socket, served).catch(() => socket.destroy())
  })
  await listen(server, place.path)
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
      await place.remove()
    },
  }
}

interface SocketPlace {
  readonly path: string
  remove(): Promise<void>
}

/** What an earlier process left there is dead: this one holds the store's lock. */
async function chooseSocket(paths: ProfilePaths): Promise<SocketPlace> {
  await rm(paths.socket, { force: true })
  await rm(paths.socketNote, { force: true })
  if (process.platform !== 'win32' && Buffer.byteLength(paths.socket) <= MAX_SOCKET_PATH) {
    return { path: paths.socket, remove: () => rm(paths.socket, { force: true }) }
  }
  const folder = process.platform === 'win32' ? undefined : await mkdtemp(join(tmpdir(), 'branchline-'))
  const path = folder === undefined ? `${WINDOWS_PIPE}branchline-${process.pid}` : join(folder, 'live.sock')
  await writeFile(paths.socketNote, path, { mode: 0o600 })
  const remove = async (): Promise<void> => {
    await rm(paths.socketNote, { force: true })
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }
  return { path, remove }
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path)
  await once(server, 'listening')
  if (process.platform !== 'win32') await chmod(path, 0o600)
}

async function converse(socket: Socket, served: LiveServed): Promise<void> {
  let held = 0
  socket.on('data', (data: Buffer) => {
    held = data.includes(0x0a) ? 0 : held + data.length
    if (held > MAX_REQUEST_BYTES) socket.destroy()
  })
  for await (const line of createInterface({ input: socket })) {
    try {
      await answer(
        parseRequest(line),
        served,
        (each) => write(socket, each),
        () => socket.destroyed,
      )
    } catch (error) {
      const code = error instanceof CodedError ? String(error.code) : 'FAILED'
      await write(socket, { error: { code, message: reasonOf(error) } })
    }
  }
}

type Answering = (answer: LiveAnswer) => Promise<void>

async function answer(
  request: LiveRequest,
  { messenger, audit, roster }: LiveServed,
  say: Answering,
  gone: () => boolean,
): Promise<void> {
  switch (request.ask) {
    case 'status':
      return say({ status: statusOf(messenger) })
    case 'head':
      return say({ head: await audit.head() })
    case 'headNote':
      return say({ headNote: (await headNoteOf(audit)).toString('base64') })
    case 'redact': {
      const { seq, label, reason } = request
      return say({ redacted: (await audit.redact({ seq, label, reason })).seq })
    }
    case 'roster':
      return say({ taken: await messenger.takeRoster(Buffer.from(request.signed, 'base64')) })
    case 'send': {
      const { peer } = findColleague(withMembers(messenger, roster), request.to)
      const { receipt: _, ...delivery } = await messenger.send(peer, Buffer.from(request.text, 'base64'))
      return say({ delivery })
    }
    case 'post': {
      const { where, as, text, waitMs } = request
      const what = { where, options: { as }, text: Buffer.from(text, 'base64') }
      return say({ posted: await postAndWait(messenger, what, { waitMs, isOver: gone }) })
    }
    case 'probe': {
      const signal = AbortSignal.timeout(request.timeoutMs)
      return say({ probed: await messenger.probe(request.targets, { signal }) })
    }
    case 'conversations':
      return say({ conversations: await messenger.history.conversations() })
    case 'messages':
      return say({ said: await messenger.history.read(request.conversation, request) })
    case 'search':
      return say({ said: await messenger.history.search(request.words, { limit: request.limit }) })
    case 'log':
      for await (const piece of audit.read({ from: request.from, to: request.to })) {
        if (gone()) return
        await say({ entries: piece.map(toWire) })
      }
      return say({ end: true })
  }
}

/** What the log last signed; the file beside the store says the same. */
async function headNoteOf(audit: AuditSink): Promise<Buffer> {
  const { signature, ...checkpoint } = await audit.checkpoint()
  return formatHeadNote(checkpoint, audit.key, signature)
}

/** Waits for a slow client; resolves, too, when it is gone. */
async function write(socket: Socket, answer: LiveAnswer): Promise<void> {
  if (socket.destroyed || socket.write(`${JSON.stringify(answer)}\n`)) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}
