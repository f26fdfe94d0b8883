import { join } from 'node:path'
import { type AuditStore, joinLogs, verifyLog } from '@branchline/audit-sink'
import { memoryStore } from '@branchline/audit-sink/stores/memory'
import { expect, test } from 'vitest'
import { leafOf } from './by-hand.ts'
import { Program } from './child.ts'
import { type Evidence, evidenceOf, ofKind } from './evidence.ts'
import { listedAs, newcomer, openProfile, putRoster, TemporaryFolder } from './profile.ts'
import { atAnyMoment, eachLog, KILLS, KILLS_TIMEOUT_MS, killsOf } from './rounds.ts'
import { freePort, SteadySender } from './steady-sender.ts'

test(
  `a receiver that is killed ${KILLS} times at any moment has a record of all that it showed or acknowledged`,
  async () => {
    await using folder = await TemporaryFolder.make()
    const total = { kills: 0, recorded: 0, held: 0, shown: 0 }

    await eachLog(async (log) => {
      const profile = join(folder.path, String(log))
      const { owner, signer, audit } = await openProfile(profile)
      await audit.close()
      const port = await freePort()
      const [self, listed] = [await newcomer(), listedAs('Receiver', { owner, signer })]
      await putRoster([listed, listedAs('Sender', self)], profile)
      const address = `/ip4/127.0.0.1/tcp/${port}/p2p/${owner}`
      const senderLog = memoryStore()
      const shown: string[][] = []
      {
        await using sender = await SteadySender.start(senderLog, { address, listed }, self)
        for (const kill of killsOf(log)) {
          await using program = new Program('receiver.ts', [profile, String(port)])
          await program.until('ready')
          const delivered = sender.go()
          if (kill % 4 !== 3) await delivered
          await atAnyMoment()
          await program.kill()
          sender.hold()
          shown.push(...program.said('shown'))
          total.kills += 1
          expect(await offTheRecord(profile, senderLog, [...sender.held], shown)).toEqual([])
        }
        total.held += sender.held.size
        total.shown += shown.length
      }
      total.recorded += await checkWhole(profile, senderLog, shown)
    })

    console.log(`killed receivers: ${JSON.stringify(total)}`)
    expect(total.kills).toBeGreaterThanOrEqual(KILLS)
    expect(total.held).toBeGreaterThan(3 * KILLS)
    expect(total.shown).toBeGreaterThan(3 * KILLS)
  },
  KILLS_TIMEOUT_MS,
)

/**
 * Holds what the sender has, and what the receiver showed, against the receiver's own log.
 * @param held - message ID and leaf hash of the receipt, of what `send` resolved with
 * @param shown - message IDs first
 */
async function offTheRecord(
  profile: string,
  senderLog: AuditStore,
  held: readonly string[][],
  shown: readonly string[][],
): Promise<string[]> {
  const evidence = await receiverEvidence(profile)
  const complaints: string[] = []
  const received = (message = '', receipt = ''): boolean => messageOf(evidence, receipt) === message
  for (const [message, receipt] of held) {
    if (!received(message, receipt)) complaints.push(`the sender was given receipt ${receipt}, which is no record`)
  }
  for (const { record, payloads } of ofKind(await evidenceOf(senderLog), 'outcome')) {
    for (const { label, payload } of payloads) {
      if (label === 'receipt' && !received(record.message, leafOf(payload))) {
        complaints.push(`the sender's record ${record.seq} holds a receipt, which is no record`)
      }
    }
  }
  const messages = new Set(ofKind(evidence, 'received').map(({ record }) => record.message))
  for (const [message] of shown) {
    if (!messages.has(message)) complaints.push(`message ${message} was shown, and there is no record of it`)
  }
  return complaints
}

async function receiverEvidence(profile: string): Promise<Evidence> {
  const { store, audit } = await openProfile(profile)
  try {
    expect(await verifyLog(store)).toMatchObject({ verdict: 'INTACT', findings: [] })
    return await evidenceOf(store)
  } finally {
    await audit.close()
  }
}

/** Both logs when all is over. @returns how many messages the receiver has recorded */
async function checkWhole(profile: string, senderLog: AuditStore, shown: readonly string[][]): Promise<number> {
  const evidence = await receiverEvidence(profile)
  // Each was shown with its very record, and once.
  expect(shown.filter(([message, leaf = '']) => messageOf(evidence, leaf) !== message)).toEqual([])
  expect(new Set(shown.map(([message]) => message)).size).toBe(shown.length)
  expect(await verifyLog(senderLog)).toMatchObject({ verdict: 'INTACT', findings: [] })
  const { store, audit } = await openProfile(profile)
  expect(await joinLogs([senderLog, store])).toMatchObject({ provedMissingAtReceiver: [], provedMissingAtSender: [] })
  await audit.close()
  return ofKind(evidence, 'received').length
}

/** The message of which this is the `received` record. */
function messageOf(evidence: Evidence, leaf: string): string | undefined {
  const record = evidence.get(leaf)?.record
  return record?.kind === 'received' ? record.message : undefined
}
