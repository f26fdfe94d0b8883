import { userInfo } from 'node:os'
import { makeDirectorKey } from '@branchline/audit-sink'
import { type Context, print, printJson } from '../io.ts'
import type { LibraryInitFlags } from './library.ts'

export async function init(this: Context, { key, name = userInfo().username, json }: LibraryInitFlags): Promise<void> {
  const { name: signer, vkey } = await makeDirectorKey(key, name)
  if (json) printJson(this.io, { key: vkey, name: signer, file: key })
  else {
    print(this.io, vkey)
    print(this.io)
    print(this.io, `This is the verifier key of ${signer}; it is no secret. The key itself is in ${key}, which is:`)
    print(this.io, 'keep that file, and a copy of it, away from the machines of staff.')
    print(this.io, 'On every machine, once:  branchline chat --director KEY --remember')
    print(this.io, 'Whoever verifies logs:   branchline audit verify --director KEY')
    print(this.io, `To let a log go on:      branchline audit recover --key ${key} --reason TEXT`)
  }
}
