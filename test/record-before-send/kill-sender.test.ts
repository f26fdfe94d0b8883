import { join } from 'node:path'
import { verifyLog } from '@branchline/audit-sink'
import { expect, test } from 'vitest'
import { leafOf } from './by-hand.ts'
import { Program } from './child.ts'
import { type Evidence, evidenceOf, offTheRecord, ofKind } from './evidence.ts'
import { listedAs, openProfile, putRoster, TemporaryFolder } from './profile.ts'
import { atAnyMoment, eachLog, KILLS, KILLS_TIMEOUT_MS, killsOf } from './rounds.ts'
import { Tap } from './tap.ts'

test(
  `a sender that is killed ${KILLS} times at any moment has a record of every byte that left it`,
  async () => {
    await using folder = await TemporaryFolder.make()
    await using tap = await Tap.start()
    const total = { kills: 0, recorded: 0, onTheWire: 0, held: 0 }
    const profileOf = (log: number): string => join(folder.path, String(log))

    await eachLog(async (log) => {
      const profile = await openProfile(profileOf(log))
      await profile.audit.close()
      await putRoster([listedAs('Sender', profile), tap.listed], profile.folder)
      for (const kill of killsOf(log)) {
        await using program = new Program('sender.ts', [profileOf(log), tap.address, kill % 4 === 3 ? 'cold' : 'warm'])
        await program.until('sending')
        await atAnyMoment()
        await program.kill()
        total.kills += 1
        total.held += program.said('held', 'sending').length
        checkHeld(tap, await checkWire(tap, profileOf(log)), program)
      }
    })
    // The tap may still have been reading when a sender was gone: once more, now that it has all.
    await eachLog(async (log) => {
      const evidence = await checkWire(tap, profileOf(log))
      total.recorded += ofKind(evidence, 'sent').length
      total.onTheWire += tap.messagesOf(ownerOf(evidence)).length
    })

    console.log(`killed senders: ${JSON.stringify(total)}`)
    expect(total.kills).toBeGreaterThanOrEqual(KILLS)
    expect(total.held).toBeGreaterThan(3 * KILLS)
    // Some were killed just between the record and the wire.
    expect(total.recorded).toBeGreaterThan(total.onTheWire)
  },
  KILLS_TIMEOUT_MS,
)

/** Every byte that the tap has of this sender must be in the sender's own log, which must be whole. */
async function checkWire(tap: Tap, profile: string): Promise<Evidence> {
  const { owner, store, audit } = await openProfile(profile)
  try {
    expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT', findings: [] })
    const evidence = await evidenceOf(store)
    expect(tap.streamsOf(owner).flatMap((stream) => offTheRecord(stream.bytes(), evidence))).toEqual([])
    return evidence
  } finally {
    await audit.close()
  }
}

/** What the sender said that it holds, and what its log holds, must be receipts that the tap gave. */
function checkHeld(tap: Tap, evidence: Evidence, program: Program): void {
  const onRecord = new Map(
    ofKind(evidence, 'outcome').flatMap(({ record, payloads }) =>
      payloads.filter(({ label }) => label === 'receipt').map(({ payload }) => [leafOf(payload), record.message]),
    ),
  )
  const complaints: string[] = []
  for (const receipt of onRecord.keys()) {
    if (!tap.answered.has(receipt ?? '')) complaints.push(`the log holds receipt ${receipt}, which the tap never gave`)
  }
  for (const [message = '', receipt = ''] of program.said('held')) {
    if (!tap.answered.has(receipt)) complaints.push(`the sender holds receipt ${receipt}, which the tap never gave`)
    if (evidence.get(message)?.record.kind !== 'sent') complaints.push(`message ${message} is on no record`)
    if (onRecord.get(receipt) !== message) complaints.push(`the receipt of message ${message} is on no record`)
  }
  expect(complaints).toEqual([])
}

function ownerOf(evidence: Evidence): string {
  const [genesis] = ofKind(evidence, 'genesis')
  return genesis?.record.actor ?? ''
}
