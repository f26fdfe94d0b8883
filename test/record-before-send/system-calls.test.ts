import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Program } from './child.ts'
import { listed } from '../support/library.ts'
import { putRoster, TemporaryFolder } from './profile.ts'
import { type CallEvent, readTrace, tracing, whyNotTraced } from './system-calls.ts'

const SENDS = 30
/** A text of 16,000 bytes is in what has so many; all else that is said between two messages has not, nor before them. */
const MESSAGE_BYTES = 16_000
/** A receipt has more, what keeps the connection alive less. */
const RECEIPT_BYTES = 500

test('the system has flushed the record before it is given a byte of the message, or of its receipt', async (context) => {
  const whyNot = whyNotTraced()
  if (whyNot !== undefined) {
    console.log(`not tested: ${whyNot}`)
    context.skip(whyNot)
  }
  await using folder = await TemporaryFolder.make()
  const root = await realpath(folder.path)
  const [sends, receives] = [join(root, 'sender'), join(root, 'receiver')]
  await putRoster([await listed('Sender', sends), await listed('Receiver', receives)], sends, receives)
  await using receiver = new Program('receiver.ts', [receives, '0'], tracing(`${receives}.trace`))
  const [, address = ''] = await receiver.until('ready')
  await using sender = new Program('sender.ts', [sends, address, 'paced'], tracing(`${sends}.trace`))
  await sender.end()
  await receiver.end()

  const sent = checkSender(await readTrace(`${sends}.trace`, join(sends, 'log')))
  const { receipts, shown } = checkReceiver(await readTrace(`${receives}.trace`, join(receives, 'log')))
  console.log(`system calls: ${sent} messages, ${receipts} receipts and ${shown} messages shown, each after its flush`)
  expect([sent, receipts, shown]).toEqual([SENDS, SENDS, SENDS])
})

/** @returns how many messages were seen to leave, each after its record was flushed */
function checkSender(events: readonly CallEvent[]): number {
  let sent = 0
  for (const [begin, event] of events.entries()) {
    if (!isSaid(event, 'begin ')) continue
    const leaves = events.findIndex((each, n) => n > begin && isWrite(each, MESSAGE_BYTES))
    expect(leaves, 'the message was seen to leave').toBeGreaterThan(begin)
    const flushed = flushBetween(events, begin, leaves)
    expect(flushed, `a flush before ${events[leaves]?.text}`).toBeDefined()
    const early = events.slice(begin, flushed).filter((each) => isWrite(each, 0))
    expect(early.reduce((bytes, { size }) => bytes + size, 0)).toBeLessThan(RECEIPT_BYTES)
    sent += 1
  }
  return sent
}

/** @returns how many receipts were seen to leave, and messages to be shown, each after the record was flushed */
function checkReceiver(events: readonly CallEvent[]): { receipts: number; shown: number } {
  const count = { receipts: 0, shown: 0 }
  const done = new Set<keyof typeof count>()
  let bytes = 0
  let came: number | undefined
  for (const [n, event] of events.entries()) {
    if (isRead(event)) bytes += Math.max(0, event.size)
    if (bytes >= MESSAGE_BYTES) came ??= n
    const what = isWrite(event, RECEIPT_BYTES) ? 'receipts' : isSaid(event, 'shown ') ? 'shown' : undefined
    // Before the first message there was a short one.
    if (what === undefined || came === undefined) continue
    expect(flushBetween(events, came, n), `a flush before ${event.text}`).toBeDefined()
    count[what] += 1
    done.add(what)
    // The next message comes when this one is shown and acknowledged.
    if (done.size === 2) {
      bytes = 0
      came = undefined
      done.clear()
    }
  }
  return count
}

function isRead({ target, phase, call }: CallEvent): boolean {
  return target === 'network' && phase === 'end' && /^re(ad|cv)/.test(call)
}

function isSaid({ target, phase, text }: CallEvent, words: string): boolean {
  return target === 'output' && phase === 'begin' && text.includes(`"${words}`)
}

/** What may leave, counted from the moment at which the system is asked. */
function isWrite({ target, phase, call, size }: CallEvent, least: number): boolean {
  return target === 'network' && phase === 'begin' && /^(write|send)/.test(call) && size >= least
}

/**
 * Where, between two events, a flush of the log ended that began after the message had been written to it.
 * @returns undefined when there is none
 */
function flushBetween(events: readonly CallEvent[], from: number, to: number): number | undefined {
  let written = 0
  let flushing = false
  for (let n = from; n < to; n++) {
    const { target, phase, call, size } = events[n] as CallEvent
    if (target !== 'log') continue
    const flush = call === 'fdatasync' || call === 'fsync'
    if (!flush && phase === 'end') written += Math.max(0, size)
    else if (flush && phase === 'begin') flushing = written >= MESSAGE_BYTES
    else if (flush && flushing && size === 0) return n
  }
  return undefined
}
