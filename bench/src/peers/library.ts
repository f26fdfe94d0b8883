import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPairSync } from 'node:crypto'
import { logSigner, openLogKey } from '@branchline/audit-sink'
import { openIdentity, peerIdOf } from '@branchline/core'
import { firstRoster, rosterLogKey, signRoster } from '@branchline/core/roster'

/** Puts the owners of these folders on one roster, which is put into each of them. */
export async function makeLibrary(places: readonly string[]): Promise<void> {
  const members = await Promise.all(
    places.map(async (place, n) => {
      const peer = peerIdOf(await openIdentity(join(place, 'identity.pem')))
      const { vkey } = await openLogKey(join(place, 'log-key.pem'), `branchline/${peer}`)
      return { branch: 'Bench', desks: [], log: rosterLogKey(vkey), name: `Peer ${n}`, peer, roles: [], rooms: [] }
    }),
  )
  const director = logSigner('branchline/director/bench', generateKeyPairSync('ed25519').privateKey)
  const { signed } = await signRoster({ ...firstRoster('Bench', director.vkey), members }, director)
  for (const place of places) await writeFile(join(place, 'library.roster'), signed)
}
