import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditSink, type AuditStore, type LogSigner, logSigner } from '@branchline/audit-sink'
import type { CreateMessengerInit, HostedMessenger } from '@branchline/core'
import { auditLog, createMessenger, levelStore, openIdentity, openLogKey, peerIdOf } from './subject.ts'

export interface Profile {
  readonly folder: string
  readonly identity: CreateMessengerInit['identity']
  readonly owner: string
  readonly store: AuditStore
  readonly audit: AuditSink
}

/** What a real program opens when it starts: identity, key and log of one folder. */
export async function openProfile(folder: string): Promise<Profile> {
  await mkdir(folder, { recursive: true })
  const identity = await openIdentity(join(folder, 'identity.key'))
  const owner = peerIdOf(identity)
  const signer = await openLogKey(join(folder, 'log.key'), `branchline/${owner}`)
  const store = await levelStore(join(folder, 'log'))
  return { folder, identity, owner, store, audit: await auditLog({ store, owner, signer }) }
}

/** Someone new, who is forgotten with the process. */
export async function newcomer(): Promise<Pick<Profile, 'identity' | 'owner'> & { readonly signer: LogSigner }> {
  await using folder = await TemporaryFolder.make()
  const identity = await openIdentity(join(folder.path, 'identity.key'))
  const owner = peerIdOf(identity)
  return { identity, owner, signer: logSigner(`branchline/${owner}`, generateKeyPairSync('ed25519').privateKey) }
}

/** A messenger of someone new, who sends to one peer. */
export async function startSender(store: AuditStore, address: string): Promise<HostedMessenger> {
  const { identity, owner, signer } = await newcomer()
  const audit = await auditLog({ store, owner, signer })
  return createMessenger({ audit, identity, listen: [], peers: [address], lan: false })
}

/** The peer ID at the end of an address. */
export function peerOf(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1)
}

export class TemporaryFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), 'branchline-record-')))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true })
  }
}
