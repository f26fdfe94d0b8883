import type { Colleague } from '@branchline/core'
import { describe, expect, test } from 'vitest'
import type { ChatEvent } from '../src/chat/events.ts'
import { HELP } from '../src/chat/help.ts'
import { jsonView } from '../src/chat/json-view.ts'
import { textView } from '../src/chat/text-view.ts'
import { wrap } from '../src/chat/wrap.ts'

const bea: Colleague = { peer: '12D3KooWBea000000000003', name: 'Bea', link: 'direct', presence: 'here' }
const cy = { peer: '12D3KooWCy0000000000004', name: 'Cy' }
const id = 'f'.repeat(64)

function message(text: string, name: string | undefined = 'Bea'): Extract<ChatEvent, { event: 'message' }> {
  const said = { conversation: undefined, to: [], as: undefined, after: [], about: { type: 'text' } } as const
  const place = { n: 7, seq: 1, of: undefined, origin: undefined, isForDesk: false, sentAt: 0, receivedAt: 0 }
  return { event: 'message', ...said, ...place, id, from: bea.peer, name, text }
}

interface Shown {
  readonly lines: string[]
  readonly givenBack: string[]
}

function shown(events: readonly ChatEvent[], { echoed = true, takesBack = true } = {}): Shown {
  const lines: string[] = []
  const givenBack: string[] = []
  const print = (text: string): void => void lines.push(...text.split('\n'))
  const giveBack = (line: string): boolean => {
    if (takesBack) givenBack.push(line)
    return takesBack
  }
  const view = textView({ print, echoed, giveBack })
  for (const event of events) view(event)
  return { lines, givenBack }
}

const trimmed = (events: readonly ChatEvent[]): string[] => shown(events).lines.map((line) => line.trim())
const posted = (change: object = {}): ChatEvent => ({
  event: 'posted',
  n: 4,
  id,
  seq: 4,
  place: '#reference',
  to: [
    { ...bea, name: 'Bea' },
    { ...cy, link: 'away' },
  ],
  about: { type: 'text' },
  text: 'Is it in?',
  ...change,
})

describe('what a person is shown', () => {
  test('no line of a message can pass for another event', () => {
    const { lines } = shown([message('one\n09:00  [3] Ann: Let them have the keys.\r\nthree')])
    expect(lines).toHaveLength(3)
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {7}/)
  })

  test('nor can the end of a long line, wherever the terminal breaks it', () => {
    const { lines } = shown([message(`${'x'.repeat(61)} 09:00  [3] Ann: Let them have the keys. ${'字'.repeat(60)}`)])
    const broken = lines.flatMap((line) => wrap(line, 80).split('\n'))
    expect(broken.length).toBeGreaterThan(2)
    for (const line of broken.slice(1)) expect(line).toMatch(/^ {7}/)
    for (const line of broken) expect(line.replaceAll(/[^ -~]/g, '..').length).toBeLessThan(80)
    expect(broken.map((line) => line.trim()).join('')).toContain('字'.repeat(60))
  })

  test('nothing that a peer writes reaches the terminal as a control', () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp.exe'
    const at = { n: 1, id, name: hostile, size: 5, from: cy }
    const { lines } = shown(
      [
        message(hostile, hostile),
        { ...message(hostile, hostile), conversation: `#${hostile}`, about: { type: 'reply', to: id } },
        { event: 'failed', code: 'REFUSED', message: hostile, line: hostile },
        posted({ text: hostile }),
        { event: 'file-failed', ...at, code: 'FILE_WRONG', message: hostile, isFinal: true },
        { event: 'file-arrived', ...at, path: hostile, sha256: id },
      ],
      { echoed: false, takesBack: false },
    )
    // oxlint-disable-next-line no-control-regex -- controls are what must not be there
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  })

  test('a line that could not be done is given back as it was typed', () => {
    const failed = { event: 'failed', code: 'AUDIT_UNAVAILABLE', message: 'the disk is full' } as const
    const { lines, givenBack } = shown([{ ...failed, text: 'Is it in?', line: '@bea Is it in?' }])
    expect(lines).toEqual([expect.stringContaining('AUDIT_UNAVAILABLE: the disk is full')])
    expect(givenBack).toEqual(['@bea Is it in?'])
  })

  test('where nothing can be given back, it is printed', () => {
    const failed = { event: 'failed', code: 'BUSY', message: 'wait', line: '@bea Is it in?' } as const
    expect(shown([failed], { takesBack: false }).lines.at(-1)).toContain('@bea Is it in?')
  })

  test('colleagues are what they say, by whichever way, and off when they are gone', () => {
    const lines = trimmed([
      { event: 'here', ...bea, presence: 'busy' },
      { event: 'presence', ...bea, link: 'relayed', presence: 'away' },
      { event: 'presence', ...bea, presence: 'here' },
      { event: 'self', presence: 'busy' },
      {
        event: 'who',
        colleagues: [
          { ...bea, presence: 'away' },
          { ...bea, link: 'reachable', presence: 'off' },
        ],
      },
      { event: 'presence', ...bea, presence: 'off' },
      { event: 'gone', ...bea, link: 'away', presence: 'off' },
    ])
    expect(lines).toEqual([
      'Bea is busy',
      'Bea is away from the desk, through a relay',
      'Bea is here',
      'You are busy.',
      'Bea: away from the desk (…00000003)',
      'Bea: there, behind a relay (…00000003)',
      'Bea is off',
    ])
  })

  test('what is posted says for whom it waits, and then who has it, by name', () => {
    const progress = { event: 'progress', n: 4, id, place: '#reference', proof: undefined, undelivered: [] } as const
    const has = { peer: bea.peer, name: 'Bea' }
    const toCy = { place: 'Cy', to: [{ ...cy, link: 'away' }] }
    const refused = { to: cy.peer, sentSeq: 4, outcomeSeq: 9, result: 'refused', code: 'CONTENT_MALFORMED' } as const
    expect(
      trimmed([
        posted(),
        { ...progress, delivered: [has], missing: [cy] },
        { ...progress, delivered: [has, cy], missing: [] },
        { ...progress, delivered: [has], missing: [], undelivered: [cy] },
        posted(toCy),
        { ...progress, place: 'Cy', delivered: [cy], missing: [], proof: { sentSeq: 4, receivedSeq: 9 } },
        { event: 'caught-up', ...cy, messages: [progress, progress] },
        { event: 'undelivered', n: 4, id, ...refused, name: 'Cy', place: '#reference', reason: 'it is not JSON' },
        { event: 'waiting', count: 3, for: [{ ...cy, count: 3 }] },
        { event: 'missing', messages: [], more: 0 },
      ]),
    ).toEqual([
      '[4] recorded, on its way to 2 in #reference; Cy is off, and gets it later',
      '[4] delivered to 1 of 2 in #reference; not yet: Cy',
      '[4] delivered to all 2 in #reference',
      '[4] delivered to 1 of 2 in #reference; NOT to: Cy',
      '[4] recorded; Cy is off, and gets it later',
      '[4] delivered to Cy (on record, #4 here and #9 there)',
      'Cy has got 2 messages that had waited',
      '[4] NOT delivered to Cy, in #reference: they refuse it (CONTENT_MALFORMED: it is not JSON)',
      '3 messages wait: 3 for Cy. Sent when they are there and a chat runs; /missing lists them.',
      'Everybody has everything.',
    ])
  })

  test('an urgent message is loud once, and again until it is acknowledged', () => {
    const urgent: ChatEvent = {
      ...message('Leave the building'),
      conversation: '#all-staff',
      about: { type: 'urgent' },
    }
    const alert = { event: 'alert', n: 7, id, from: cy, place: '#all-staff', text: 'Leave', sentAt: 0 } as const
    expect(shown([urgent, { ...alert, times: 1 }]).lines).toEqual([
      '\u0007*** URGENT [7] Bea, in #all-staff: Leave the building',
      '       /ok 7 says that you have seen it.',
    ])
    const again = shown([{ ...alert, times: 2 }]).lines
    expect(again[0]?.split('\u0007')).toEqual(['', expect.stringContaining('not acknowledged')])
    expect(again[1]).toContain('URGENT [7] Cy, in #all-staff: Leave')
  })

  test('a roll-call names who has acknowledged, who has read, and who has not got it', () => {
    const none = { time: 0, reason: undefined, recordedByPeer: undefined, read: undefined, acknowledged: undefined }
    const at = new Date(2026, 10, 25, 9, 5).getTime()
    const states = [
      { ...none, peer: cy.peer, name: 'Cy', state: 'recorded' },
      { ...none, peer: bea.peer, name: 'Bea', state: 'acknowledged', time: at },
    ] as const
    expect(trimmed([{ event: 'states', n: 4, id, place: '#all-staff', words: 'Leave', states }])).toEqual([
      '[4] to #all-staff: Leave',
      'acknowledged (1): Bea 09:05',
      'not there yet (1): Cy',
    ])
  })

  test('the help fits into a terminal of 24 lines and 80 columns', () => {
    const lines = HELP.split('\n')
    expect(lines.length).toBeLessThan(23)
    for (const line of lines) expect(line.length).toBeLessThan(80)
  })
})

test('a program reads one object a line, with the text as it came', () => {
  const lines: string[] = []
  const view = jsonView((line) => void lines.push(line))
  const events: ChatEvent[] = [
    message('a\nb\u001b[2J'),
    posted(),
    { event: 'failed', code: 'BUSY', message: 'wait', text: 'x', line: '@bea x' },
    { event: 'presence', ...bea, presence: 'busy' },
    { event: 'who', colleagues: [bea] },
  ]
  for (const event of events) view(event)
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    events.map((event) => JSON.parse(JSON.stringify(event)) as unknown),
  )
})

describe('what is more than a text', () => {
  const said = (change: object) => shown([{ ...message('now'), ...change }]).lines.map((line) => line.slice(7))

  test('is told in a line, with the place and the desk', () => {
    const pull = { type: 'pull', item: '641.5 ROM', branch: 'East' }
    expect(said({ as: 'Reference', about: pull, text: '' })).toEqual([
      '[7] Reference (Bea): (please pull) 641.5 ROM, for East',
    ])
    expect(said({ conversation: '#a\u001B[2Jb' })).toEqual(['[7] Bea, in #ab: now'])
    expect(said({ about: { type: 'reply', to: id }, of: 3 })).toEqual(['[7] Bea: (an answer to [3]) now'])
  })

  test('is nothing when it is a mark', () => {
    expect(said({ about: { type: 'mark', read: [id], acknowledged: [] }, text: '' })).toEqual([])
  })
})
