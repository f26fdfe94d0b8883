/*
 * Appends to the log of a folder until it is killed: `node appender.ts <folder> <step> <time>`. Says `trying TEXT`
 * before each append and `kept SEQ LEAF TEXT` after it, at once; kills itself the given time that it comes to the step.
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { auditLog, type AuditStore, type LogSigner, openLogKey } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { openIdentity, peerIdOf } from '@branchline/core'
import { canaryText } from '../record-before-send/evidence.ts'

const [folder = '', step = '', time = '0'] = process.argv.slice(2)
let left = Number(time)

/** At once, also when whoever reads is behind: the pipe to them does not block, but says so. */
function say(line: string): void {
  let rest = Buffer.from(`${line}\n`)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

function at(name: string): void {
  if (name !== step || --left > 0) return
  process.kill(process.pid, 'SIGKILL')
  for (;;); // the signal is on its way
}

/** Around every call that the log makes of its store and its key: each is a step at which a process may end. */
function stepping(store: AuditStore): AuditStore {
  return {
    append: async (batch) => {
      at('before the batch')
      const storing = store.append(batch)
      at('while the batch is written')
      await storing
      at('after the batch')
    },
    read: (range) => {
      at('before reading back')
      return store.read(range)
    },
    writeHeadNote: async (note) => {
      at('before the head note')
      await store.writeHeadNote(note)
      at('after the head note')
    },
    head: () => store.head(),
    lookup: (message) => store.lookup(message),
    witnessed: (origin) => store.witnessed(origin),
    continuations: () => store.continuations(),
    tile: (level, index) => {
      at('before a tile is read back')
      return store.tile(level, index)
    },
    erase: (seq, label) => store.erase(seq, label),
    headNote: () => store.headNote(),
    close: () => store.close(),
  }
}

function steppingSigner(signer: LogSigner): LogSigner {
  return {
    ...signer,
    sign: async (bytes) => {
      at('before the signature')
      const signature = await signer.sign(bytes)
      at('after the signature')
      return signature
    },
  }
}

const owner = peerIdOf(await openIdentity(join(folder, 'identity.key')))
const signer = steppingSigner(await openLogKey(join(folder, 'log.key'), `branchline/${owner}`))
const log = await auditLog({ store: stepping(await levelStore(join(folder, 'log'))), owner, signer })
say('open')

async function appendForEver(): Promise<void> {
  for (;;) {
    const text = canaryText(Math.floor(Math.random() * 2_000)).trim()
    const entry = {
      kind: 'sent',
      actor: owner,
      peers: [owner],
      payloads: [{ label: 'text', bytes: Buffer.from(text) }],
    } as const
    const canary = text.slice(0, 39)
    say(`trying ${canary}`)
    const [receipt] = await log.append([entry])
    at('before the caller is told')
    say(`kept ${receipt?.seq} ${receipt?.leaf} ${canary}`)
  }
}

await Promise.all(Array.from({ length: 8 }, appendForEver))
