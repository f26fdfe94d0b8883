import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditStore, parseRecord } from '@branchline/audit-sink'
import { onTestFinished } from 'vitest'
import { parseContent } from '../../src/content/content.ts'
import type { ArrivedFile, CreateMessengerInit, FileFailure, OfferedFile } from '../../src/index.ts'
import { type Person, person } from '../peers.ts'
import { type Device, entriesOf, restarted, until } from '../support.ts'

export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'branchline-files-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

export interface Filer extends Person {
  readonly folder: string
  readonly offered: OfferedFile[]
  readonly arrived: ArrivedFile[]
  readonly failed: FileFailure[]
}

/** Someone with a folder for files. */
export async function filer(init: Partial<CreateMessengerInit> = {}, self?: Device, at = folder()): Promise<Filer> {
  const someone = await person({ files: { folder: at }, ...init }, self)
  const filer: Filer = { ...someone, folder: at, offered: [], arrived: [], failed: [] }
  const { messenger } = someone
  messenger.addEventListener('file:offered', ({ detail }) => filer.offered.push(detail))
  messenger.addEventListener('file:arrived', ({ detail }) => filer.arrived.push(detail))
  messenger.addEventListener('file:failed', ({ detail }) => filer.failed.push(detail))
  return filer
}

/** Two who can reach each other, each with a folder; the first knows where the second is. */
export async function filers(): Promise<[Filer, Filer]> {
  const bea = await filer()
  return [await filer({ peers: [bea.address] }), bea]
}

/** The same person after the end of their process: same log, same folder. */
export async function again(self: Filer, init: Partial<CreateMessengerInit> = {}): Promise<Filer> {
  await self.messenger.close()
  return filer(init, await restarted(self), self.folder)
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A file of random bytes, as long as that. */
export function original(bytes: number, name = 'atlas.pdf'): { path: string; bytes: Buffer } {
  const content = randomBytes(bytes)
  const path = join(folder(), name)
  writeFileSync(path, content)
  return { path, bytes: content }
}

export function kept({ folder }: Pick<Filer, 'folder'>): string[] {
  return readdirSync(folder).toSorted()
}

/** The bytes of the file that came last. */
export function cameTo({ arrived }: Filer): Buffer | undefined {
  const last = arrived.at(-1)
  return last && readFileSync(last.path)
}

/** The answers to offers that a log holds, in its order. */
export async function answersIn({ store }: { readonly store: Pick<AuditStore, 'read'> }): Promise<string[]> {
  const answers: string[] = []
  for (const { line, payloads } of await entriesOf(store)) {
    const { kind } = parseRecord(line)
    if (kind !== 'sent' && kind !== 'received') continue
    const { about } = parseContent(payloads.filter(({ label }) => label !== 'record' && label !== 'proof'))
    if (about.type === 'file-answer') answers.push(about.answer)
  }
  return answers
}

export async function offeredTo(someone: Filer, count = 1): Promise<OfferedFile> {
  await until(() => someone.offered.length >= count, 'the offer', 8_000)
  return someone.offered[count - 1] as OfferedFile
}
