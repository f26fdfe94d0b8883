import type { LogSource, StoredEntry } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { DemoError } from './member.ts'

export interface ChangedCopy {
  readonly seq: number
  readonly was: string
  readonly is: string
}

/**
 * Copies a log to another folder as somebody would who can write its files, with one byte of one text changed: the
 * last letter of the first `sent` text that holds `word`.
 */
export async function changedCopy(source: LogSource, folder: string, word: string): Promise<ChangedCopy> {
  const head = await source.head()
  const entries: StoredEntry[] = []
  for await (const piece of source.read()) entries.push(...piece)
  const target = entries.findIndex(
    ({ payloads }) => payloads[0]?.label === 'text' && textOf(payloads[0].bytes).includes(word),
  )
  const entry = entries[target]
  const [text, ...others] = entry?.payloads ?? []
  if (head === undefined || entry === undefined || text === undefined) throw new DemoError(`no text holds "${word}"`)
  const bytes = Buffer.from(text.bytes)
  const at = bytes.indexOf(word) + word.length - 1
  bytes[at] = (bytes[at] as number) + 1
  entries[target] = { ...entry, payloads: [{ ...text, bytes }, ...others] }
  const store = await levelStore(folder)
  try {
    await store.append({ entries, head, messages: new Map(), witnessed: new Map(), continuations: [], tiles: [] })
    const note = await source.headNote?.()
    if (note !== undefined) await store.writeHeadNote(note)
  } finally {
    await store.close()
  }
  return { seq: entry.seq, was: textOf(text.bytes), is: textOf(bytes) }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
