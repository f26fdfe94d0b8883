import type { AuditStore, StoredEntry } from '../store.ts'

/** What a store may do to the entries that it gives back. */
type Lie = (piece: readonly StoredEntry[]) => readonly StoredEntry[]

/** Stands between the log and the driver, and lies from when it is told to. */
interface Liar {
  readonly store: AuditStore
  lie(): void
}

const changed = (line: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(line)
  bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
  return bytes
}

const last = (piece: readonly StoredEntry[]): StoredEntry => piece.at(-1) as StoredEntry

/** By what the store does to the newest batch. */
export const LIES: Readonly<Record<string, Lie>> = {
  'drops an entry': (piece) => piece.slice(0, -1),
  'gives entries in another order': (piece) => piece.toReversed(),
  'gives an entry twice': (piece) => [...piece, last(piece)],
  'gives one entry in the place of another': (piece) => [
    ...piece.slice(0, -1),
    { ...last(piece), line: piece[0]?.line as Uint8Array },
  ],
  'changes a line': (piece) => [...piece.slice(0, -1), { ...last(piece), line: changed(last(piece).line) }],
  'changes a payload': (piece) => [
    ...piece.slice(0, -1),
    { ...last(piece), payloads: last(piece).payloads.map((each) => ({ ...each, bytes: changed(each.bytes) })) },
  ],
  'changes a salt': (piece) => [
    ...piece.slice(0, -1),
    { ...last(piece), payloads: last(piece).payloads.map((each) => ({ ...each, salt: changed(each.salt) })) },
  ],
  'loses a payload': (piece) => [...piece.slice(0, -1), { ...last(piece), payloads: [] }],
}

/** @param change - what differs from the driver's own methods, once `lie` was called */
export function liarOver(driver: AuditStore, change: Partial<AuditStore>): Liar {
  let lying = false
  const say = <Name extends keyof AuditStore>(name: Name): AuditStore[Name] =>
    (lying ? change[name] : undefined) ?? (driver[name].bind(driver) as AuditStore[Name])
  return {
    store: {
      append: (batch) => say('append')(batch),
      head: () => say('head')(),
      read: (range) => say('read')(range),
      lookup: (message) => say('lookup')(message),
      witnessed: (origin) => say('witnessed')(origin),
      continuations: () => say('continuations')(),
      tile: (level, index) => say('tile')(level, index),
      erase: (seq, label) => say('erase')(seq, label),
      headNote: () => say('headNote')(),
      writeHeadNote: (note) => say('writeHeadNote')(note),
      close: () => say('close')(),
    },
    lie: () => {
      lying = true
    },
  }
}

/** Reads as the driver does, each piece changed; empty pieces are left alone. */
export function reading(driver: AuditStore, lie: Lie): Partial<AuditStore> {
  return {
    async *read(range) {
      for await (const piece of driver.read(range)) yield piece.length === 0 ? piece : lie(piece)
    },
  }
}
