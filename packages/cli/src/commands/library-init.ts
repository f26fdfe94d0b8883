import { userInfo } from 'node:os'
import { makeDirectorKey } from '@branchline/audit-sink'
import { fingerprintOf, firstRoster, signRoster, writeRoster } from '@branchline/core/roster'
import { CliError } from '../cli-error.ts'
import { type Context, print, printJson } from '../io.ts'
import { rosterFileOf } from './library-roster.ts'
import type { LibraryInitFlags } from './library.ts'
import { newPassphrase } from './passphrase.ts'

export async function init(this: Context, flags: LibraryInitFlags): Promise<void> {
  const { io } = this
  const { key, name = userInfo().username, library, json } = flags
  const file = rosterFileOf(flags)
  if (library !== undefined) await assertNone(file)
  const signer = await makeDirectorKey(key, name, flags.passphrase === true ? await newPassphrase(io) : undefined)
  const fingerprint = fingerprintOf(signer.vkey)
  if (library !== undefined)
    await writeRoster(file, await signRoster(firstRoster(library.normalize('NFC').trim(), signer.vkey, flags), signer))
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
