import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditEntry, type AuditSink, auditLog, type AuditStore, logSigner, type StoreBatch } from '../src/index.ts'
import { memoryStore } from '../src/stores/memory.ts'

export const ANN = '12D3KooWAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAn'
export const BEA = '12D3KooWBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBe'

export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../../spec/vectors', `${name}.json`), 'utf8')) as T
}

export function signerFor(owner: string) {
  return logSigner(`branchline/${owner}`, generateKeyPairSync('ed25519').privateKey)
}

export function textTo(peer: string, text: string): AuditEntry {
  return { kind: 'sent', actor: ANN, peers: [peer], payloads: [{ label: 'text', bytes: Buffer.from(text) }] }
}

/** The store, with some of its methods replaced. */
export function storeWith(store: AuditStore, change: Partial<AuditStore>): AuditStore {
  return {
    append: (batch) => store.append(batch),
    head: () => store.head(),
    read: (range) => store.read(range),
    lookup: (message) => store.lookup(message),
    witnessed: (origin) => store.witnessed(origin),
    continuations: () => store.continuations(),
    tile: (level, index) => store.tile(level, index),
    erase: (seq, label) => store.erase(seq, label),
    headNote: () => store.headNote(),
    writeHeadNote: (note) => store.writeHeadNote(note),
    close: () => store.close(),
    ...change,
  }
}

export async function logOf(
  store: AuditStore = memoryStore(),
  options: { storeTimeoutMs?: number } = {},
): Promise<AuditSink> {
  return auditLog({ store, owner: ANN, signer: SIGNER, ...options })
}

export const SIGNER = signerFor(ANN)

/** A memory store whose batches can be taken back, as a restored backup does; its head note is elsewhere. */
export function rewindable(): { store: AuditStore; rewound: (batches: number) => Promise<AuditStore> } {
  const batches: StoreBatch[] = []
  const inner = memoryStore()
  const append = async (batch: StoreBatch): Promise<void> => {
    await inner.append(batch)
    batches.push(batch)
  }
  const store = storeWith(inner, { append })
  const rewound = async (count: number): Promise<AuditStore> => {
    const older = memoryStore()
    for (const batch of batches.slice(0, count)) await older.append(batch)
    const note = await inner.headNote()
    if (note !== undefined) await older.writeHeadNote(note)
    return older
  }
  return { store, rewound }
}
