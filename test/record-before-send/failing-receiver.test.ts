import { setTimeout as pause } from 'node:timers/promises'
import type { HostedMessenger } from '@branchline/core'
import { expect, test } from 'vitest'
import { canariesIn, canaryText } from './evidence.ts'
import { Machine } from './machine.ts'
import { Probe, type ProbeMessage } from './probe.ts'
import { Random } from './random.ts'
import { Tally, TALLY_TIMEOUT_MS } from './tally.ts'

const MESSAGES = 1_000
const LONGEST_BURST = 6
/** How long a burst may go unanswered, when the receiver was started again over it. */
const PATIENCE_MS = 400

test(
  'however the log fails, nothing is shown or acknowledged that is not on record before',
  async () => {
    const random = new Random()
    const tally = new Tally(MESSAGES)
    const messages: ProbeMessage[] = []
    const textOf = new Map<string, string>()
    const waiting = new Set<string>()
    const receipts = new Map<string, string>()
    const shown = new Map<string, string>()
    const refusals = new Set<string>()
    const canaryOf = (message: string): string => canariesIn(Buffer.from(textOf.get(message) ?? ''))[0] ?? ''

    await using probe = await Probe.start({
      onReceipt: ({ leaf, message }) => {
        if (!machine.durable.has(leaf)) tally.complain(`${message} was acknowledged before its record was durable`)
        receipts.set(message, leaf)
        tally.succeeded(message)
        waiting.delete(message)
      },
      onRefusal: ({ code, message }) => {
        refusals.add(code)
        tally.failed(message, machine.faultOf.get(canaryOf(message)))
        waiting.delete(message)
      },
    })
    const showings = new Set<string>()
    const onMessenger = (messenger: HostedMessenger): void => {
      messenger.addEventListener('message', ({ detail: { value, receipt } }) => {
        if (!machine.durable.has(receipt.leaf)) tally.complain(`${value.id} was shown before its record was durable`)
        if (value.text !== textOf.get(value.id)) tally.complain(`${value.id} was shown with other words`)
        // A log that was begun anew knows nothing of what the spoilt one held.
        const showing = `${machine.stores.length} ${value.id}`
        if (showings.has(showing)) tally.complain(`${value.id} was shown twice`)
        showings.add(showing)
        shown.set(value.id, receipt.leaf)
      })
    }
    const network = { listen: ['/ip4/127.0.0.1/tcp/0'] }
    const machine = await Machine.start({ random, tally, colleague: probe.listed, network, onMessenger })

    /** A new message, or now and then one that went before. */
    async function send(): Promise<void> {
      let message = random.is(0.1) && messages.length > 0 ? random.of(messages) : undefined
      if (message === undefined) {
        message = probe.write(canaryText(random.below(2_000)), machine.owner)
        messages.push(message)
        textOf.set(message.id, message.text)
      }
      const [address = ''] = machine.messenger.addresses()
      if (await probe.send(address, message)) waiting.add(message.id)
    }

    while (tally.goesOn()) {
      for (let n = random.below(LONGEST_BURST); n >= 0; n--) {
        await send()
        if (random.is(0.2)) await pause(random.below(3))
      }
      const deadline = Date.now() + PATIENCE_MS
      while (waiting.size > 0 && probe.isHeard && Date.now() < deadline) await pause(1)
      waiting.clear()
      if (machine.isBroken && random.is(0.7)) await machine.mend()
    }
    await machine.close()

    const evidence = await machine.evidence()
    for (const [message, leaf] of [...receipts, ...shown]) {
      if (evidence.get(leaf)?.record.message !== message) tally.complain(`the record of ${message} is not there`)
    }
    const counts = { messages: messages.length, shown: shown.size, receipts: receipts.size }
    console.log(`messages (seed ${random.seed}):`, counts)
    tally.check('not taken')
    expect([...refusals]).toEqual(['AUDIT_UNAVAILABLE'])
  },
  TALLY_TIMEOUT_MS,
)
