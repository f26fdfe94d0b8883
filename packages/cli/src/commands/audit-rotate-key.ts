import { openLogKeys, openNextLogKey, originOf, rotateKey, settleLogKeys } from '@branchline/audit-sink'
import { type Context, print, printJson } from '../io.ts'
import type { RotateKeyFlags } from './audit-continuation.ts'

export async function rotate(this: Context, { profile, reason, json }: RotateKeyFlags): Promise<void> {
  const { openIdentity, peerIdOf } = await import('@branchline/core')
  const { chooseProfile } = await import('../profile/paths.ts')
  const { assertLog, openLog, openStore } = await import('../profile/open.ts')
  const paths = chooseProfile(this.io, profile)
  await assertLog(paths)
  const owner = peerIdOf(await openIdentity(paths.identity))
  const origin = originOf(owner)
  // Ends what an earlier change of the key had left half done.
  await (await openLog(paths, owner)).close()
  const store = await openStore(paths)
  try {
    const { signer } = await openLogKeys(paths.logKey, origin)
    const to = await openNextLogKey(paths.logKey, origin)
    const { seq } = await rotateKey({ store, owner, signer, to, reason })
    await settleLogKeys(paths.logKey, { signer, nextSigner: to }, to.vkey)
    if (json) printJson(this.io, { recordedAs: seq, key: to.vkey })
    else
      print(
        this.io,
        `From record ${seq} on the log is signed with another key, ${to.vkey}; that record says so, and why.`,
      )
  } finally {
    await store.close()
  }
}
