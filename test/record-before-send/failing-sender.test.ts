import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'vitest'
import { commitTo } from './by-hand.ts'
import { canariesIn, canaryText, offTheRecord, ofKind } from './evidence.ts'
import { Machine } from './machine.ts'
import { Random } from './random.ts'
import { Tally, TALLY_TIMEOUT_MS } from './tally.ts'
import { Tap, type TapAnswer, type TappedMessage } from './tap.ts'

const SENDS = 1_000
const SEND_TIMEOUT_MS = 400
/** Codes after which not a byte may have left (`Messenger.send`). */
const NOTHING_WAS_SENT = new Set([
  'AUDIT_UNAVAILABLE',
  'AUDIT_RECEIPT_WRONG',
  'PEER_UNREACHABLE',
  'BUSY',
  'MESSENGER_CLOSED',
])
const WRONG: readonly TapAnswer[] = ['other words', 'other sender', 'no record', 'refusal']

test(
  'however the log fails, nothing leaves that is not on record before',
  async () => {
    const random = new Random()
    const tally = new Tally(SENDS)
    const outcomes = new Map<string, string>()
    await using tap = await Tap.start({
      onMessage: (message) => tally.complain(whatIsEarly(machine, message)),
      answer: ({ times }) => {
        if (random.is(0.005)) return 'nothing'
        return times === 1 && random.is(0.05) ? random.of(WRONG) : 'receipt'
      },
    })
    const machine = await Machine.start({
      random,
      tally,
      colleague: tap.listed,
      network: { listen: [], peers: [tap.address] },
    })

    async function send(): Promise<void> {
      const text = canaryText(random.is(0.5) ? 0 : random.below(2_000))
      const [canary = ''] = canariesIn(Buffer.from(text))
      try {
        await machine.messenger.send(tap.peer, text, { timeoutMs: SEND_TIMEOUT_MS })
        outcomes.set(canary, 'delivered')
        tally.succeeded(canary)
      } catch (error) {
        const { code } = error as { code: string }
        outcomes.set(canary, code)
        tally.failed(canary, NOTHING_WAS_SENT.has(code) ? machine.faultOf.get(canary) : undefined)
      }
    }

    while (tally.goesOn()) {
      const burst: Promise<void>[] = []
      for (let n = random.below(12); n >= 0; n--) {
        burst.push(send())
        if (random.is(0.2)) await pause(random.below(3))
      }
      await Promise.all(burst)
      if (machine.isBroken && random.is(0.7)) await machine.mend()
    }
    await machine.close()

    const evidence = await machine.evidence()
    const bytes = tap.streams.map((stream) => stream.bytes())
    const onTheWire = new Set(bytes.flatMap(canariesIn))
    const recorded = new Set(
      ofKind(evidence, 'sent').flatMap(({ payloads }) => payloads.flatMap(({ payload }) => canariesIn(payload))),
    )
    for (const each of bytes) tally.complain(...offTheRecord(each, evidence))
    for (const [canary, code] of outcomes) {
      const nothingWasSent = NOTHING_WAS_SENT.has(code)
      if (nothingWasSent && onTheWire.has(canary)) tally.complain(`${canary} was on the wire, and send() threw ${code}`)
      if (!nothingWasSent && !recorded.has(canary)) tally.complain(`${canary} was ${code}, and is on no record`)
      if (code === 'delivered' && !onTheWire.has(canary)) tally.complain(`${canary} was delivered, and never sent`)
    }
    const codes = Map.groupBy(outcomes.values(), (code) => code)
    console.log(`sends (seed ${random.seed}):`, Object.fromEntries([...codes].map(([code, all]) => [code, all.length])))
    tally.check('not sent')
  },
  TALLY_TIMEOUT_MS,
)

/** What is wrong when a message comes at this moment. */
function whatIsEarly(machine: Machine, { id, record, openings }: TappedMessage): string | undefined {
  const [words] = openings
  const what = words === undefined ? id : words.payload.toString('latin1', 0, 39)
  if (!machine.durable.has(id)) return `${what} came before its record was durable`
  if (record.kind !== 'sent') return `${what} came with a record that is "${record.kind}"`
  return words !== undefined && commitTo(words) === record.payloads?.[0]?.[2] ? undefined : `${what} came unproven`
}
