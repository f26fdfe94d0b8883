import { userInfo } from 'node:os'
import { type LogSigner, makeDirectorKey } from '@branchline/audit-sink'
import { fingerprintOf, type Roster, signRoster, writeRoster } from '@branchline/core/roster'
import { CliError } from '../cli-error.ts'
import { type Context, print, printJson } from '../io.ts'
import { rosterFileOf, validity } from './library-roster.ts'
import type { LibraryInitFlags } from './library.ts'
import { newPassphrase } from './passphrase.ts'

const MAX_LAN_CHARACTERS = 40

export async function init(this: Context, flags: LibraryInitFlags): Promise<void> {
  const { io } = this
  const { key, name = userInfo().username, library, json } = flags
  const file = rosterFileOf(flags)
  if (library !== undefined) await assertNone(file)
  const signer = await makeDirectorKey(key, name, flags.passphrase === true ? await newPassphrase(io) : undefined)
  const fingerprint = fingerprintOf(signer.vkey)
  if (library !== undefined) await writeRoster(file, await firstRoster(flags, library, signer))
  if (json) {
    printJson(io, {
      key: signer.vkey,
      name: signer.name,
      file: key,
      fingerprint,
      ...(library && { library, roster: file }),
    })
    return
  }
  print(io, signer.vkey)
  print(io)
  print(io, `This is the verifier key of ${signer.name}; it is no secret. The key itself is in ${key}, which is:`)
  print(io, 'keep that file, and a copy of it, away from the machines of staff.')
  print(io, `Fingerprint, to be told to everybody who joins:  ${fingerprint}`)
  if (library !== undefined) {
    print(io, `The roster of ${library} is in ${file}; nobody is on it yet.`)
    print(io, `To put somebody on it:   branchline library add CODE --key ${key} --branch BRANCH`)
  }
  print(io, 'Whoever verifies logs:   branchline audit verify --director KEY')
  print(io, `To let a log go on:      branchline audit recover --key ${key} --reason TEXT`)
}

/** Before the key is made: a roster is never begun over another. */
async function assertNone(file: string): Promise<void> {
  const { stat } = await import('node:fs/promises')
  if (await stat(file).catch(() => undefined)) {
    throw new CliError('USAGE', `there is a file ${file} already; a roster is never begun over another`)
  }
}

async function firstRoster({ days, lan }: LibraryInitFlags, library: string, signer: LogSigner): Promise<Roster> {
  const content = {
    directors: [signer.vkey],
    lan: lan ?? lanNameOf(library),
    library: library.normalize('NFC').trim(),
    members: [],
    relays: [],
    revoked: [],
    serial: 1,
    succession: [],
    v: 1,
    witnesses: [],
    ...validity({ days }, Date.now()),
  } as const
  return signRoster(content, signer)
}

/** Of the library's own, so that two libraries in one network do not look for each other. */
function lanNameOf(library: string): string {
  const plain = library.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  const name = plain.replace(/[^a-z0-9]+/g, '-').slice(0, MAX_LAN_CHARACTERS)
  return name.replace(/^-|-$/g, '') || 'branchline'
}
