import type { PeerFacts } from './facts.ts'
import { type Finding, finding, roundMs } from './finding.ts'

/** What people notice in the times of records, and what makes them useless to a reader of several logs. */
const OFF_MS = 2_000
const WRONG_MS = 60_000

interface Compared {
  readonly who: string
  readonly offsetMs: number
  readonly errorMs: number
}

/** Whose clock is off cannot be told from two; from three on the middle one is believed. */
export function judgeClock(peers: readonly PeerFacts[]): Finding[] {
  const compared = peers.flatMap(({ peer, name, probe }): Compared[] =>
    probe?.clock === undefined ? [] : [{ who: name ?? peer, ...probe.clock }],
  )
  if (compared.length === 0) return [unknown(peers)]
  const sorted = compared.toSorted((a, b) => a.offsetMs - b.offsetMs)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] as Compared
  const others = compared.filter(({ offsetMs, errorMs }) => {
    return Math.abs(offsetMs - middle.offsetMs) > OFF_MS + errorMs + middle.errorMs
  })
  return [judgeOurs(middle, compared.length), ...others.map((each) => judgeTheirs(each, middle))]
}

function unknown(peers: readonly PeerFacts[]): Finding {
  const connected = peers.filter(({ probe }) => probe?.outcome === 'connected').length
  const why = connected > 0 ? 'nobody who was reached tells the time: they run an older version' : 'nobody was reached'
  return finding('CLOCK_UNKNOWN', {
    subject: 'this machine',
    says: `The clock could not be compared: ${why}.`,
    todo: 'Compare the clock of this machine with a telephone’s.',
    measured: { compared: 0 },
  })
}

function judgeOurs({ who, offsetMs, errorMs }: Compared, count: number): Finding {
  const [off, error] = [Math.abs(offsetMs), roundMs(errorMs)]
  const measured = { behindMs: roundMs(offsetMs), errorMs: error, compared: count }
  const whom = count === 1 ? who : `the middle of ${count} others`
  // What is within the error may be nothing.
  const sure = off - errorMs
  const subject = 'this machine'
  if (sure <= OFF_MS) {
    const says = `The clock agrees with ${whom}: ${roundMs(offsetMs)} ± ${error} ms.`
    return finding('CLOCK_RIGHT', { subject, measured, says })
  }
  const way = offsetMs > 0 ? 'behind' : 'ahead of'
  const whose = count < 3 ? ' Which of the two is wrong cannot be told from so few.' : ''
  const says = `The clock is ${seconds(off)} ± ${seconds(errorMs)} ${way} ${whom}.${whose} It is the time that records bear.`
  const todo =
    'Set the clock from the network: timedatectl set-ntp true, or the settings for date and time. What is on record keeps its times.'
  return finding(sure > WRONG_MS ? 'CLOCK_WRONG' : 'CLOCK_OFF', { subject, measured, says, todo })
}

function judgeTheirs({ who, offsetMs, errorMs }: Compared, middle: Compared): Finding {
  const off = offsetMs - middle.offsetMs
  return finding('CLOCK_OF_PEER_OFF', {
    subject: who,
    measured: { aheadMs: roundMs(off), errorMs: roundMs(errorMs + middle.errorMs) },
    says: `Its clock is ${seconds(Math.abs(off))} ${off > 0 ? 'ahead of' : 'behind'} those of the others.`,
    todo: 'Have its clock set from the network there.',
  })
}

function seconds(ms: number): string {
  return ms < 100 ? `${roundMs(ms)} ms` : `${Math.round(ms / 100) / 10} s`
}
