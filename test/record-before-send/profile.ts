import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditSink, type AuditStore, type LogSigner, logSigner } from '@branchline/audit-sink'
import type { CreateMessengerInit, HostedMessenger, RosterKeeper } from '@branchline/core'
import { Library, type Listed } from '../support/library.ts'
import { auditLog, createMessenger, holdRoster, levelStore, openIdentity, openLogKey, peerIdOf } from './subject.ts'

export interface Profile {
  readonly folder: string
  readonly identity: CreateMessengerInit['identity']
  readonly owner: string
  readonly signer: LogSigner
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
  return { folder, identity, owner, signer, store, audit: await auditLog({ store, owner, signer }) }
}

export type Newcomer = Pick<Profile, 'identity' | 'owner' | 'signer'>

/** Someone new, who is forgotten with the process. */
export async function newcomer(): Promise<Newcomer> {
  await using folder = await TemporaryFolder.make()
  const identity = await openIdentity(join(folder.path, 'identity.key'))
  const owner = peerIdOf(identity)
  return { identity, owner, signer: logSigner(`branchline/${owner}`, generateKeyPairSync('ed25519').privateKey) }
}

export function listedAs(name: string, { owner, signer }: Pick<Profile, 'owner' | 'signer'>): Listed {
  return { name, peer: owner, logKey: signer.vkey }
}

/** The roster on which just these are, as the subject holds one. */
export async function rosterOf(...people: readonly Listed[]): Promise<RosterKeeper> {
  return holdRoster(await new Library().roster(people))
}

/** The same, put into the profiles of programs, which may have none yet. */
export async function putRoster(people: readonly Listed[], ...profiles: readonly string[]): Promise<void> {
  const signed = await new Library().roster(people)
  for (const profile of profiles) await writeFile(join(profile, 'library.roster'), signed)
}

/** A messenger of someone new, who sends to one peer. */
export async function startSender(
  store: AuditStore,
  { address, listed: peer }: Addressed,
  self?: Newcomer,
): Promise<HostedMessenger> {
  const { identity, owner, signer } = self ?? (await newcomer())
  const audit = await auditLog({ store, owner, signer })
  const roster = await rosterOf(listedAs('Sender', { owner, signer }), peer)
  return createMessenger({ audit, identity, roster, listen: [], peers: [address], lan: false })
}

/** A peer to send to. */
export interface Addressed {
  /** With its peer ID at the end. */
  readonly address: string
  readonly listed: Listed
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
