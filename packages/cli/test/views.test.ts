import type { Colleague, Delivery, ReceivedMessage } from '@branchline/core'
import { describe, expect, test } from 'vitest'
import { jsonView, textView, type View } from '../src/chat/views.ts'

const bea: Colleague = { peer: '12D3KooWBea000000000003', name: 'Bea', link: 'direct', presence: 'here' }

function message(text: string, name: string | undefined = 'Bea'): ReceivedMessage {
  const place = { conversation: undefined, to: [], as: undefined, after: [] } as const
  const said = { ...place, about: { type: 'text' }, origin: undefined } as const
  return { ...said, id: 'f'.repeat(64), from: bea.peer, name, text, bytes: Buffer.from(text), sentAt: 0, receivedAt: 0 }
}

const delivery: Delivery = {
  id: 'f'.repeat(64),
  to: bea.peer,
  sentSeq: 4,
  outcomeSeq: 5,
  receipt: Buffer.from('{}'),
  receivedSeq: 9,
}

function shown(how: (view: View) => void, echoed = true): { lines: string[]; givenBack: string[] } {
  const lines: string[] = []
  const givenBack: string[] = []
  const print = (text: string): void => void lines.push(...text.split('\n'))
  how(textView({ print, echoed, giveBack: (text) => void givenBack.push(text) }))
  return { lines, givenBack }
}

describe('what a person is shown', () => {
  test('no line of a message can pass for another event', () => {
    const { lines } = shown((view) => view.message(message('one\n09:00  Ann: Let them have the keys.\r\nthree'), 1))
    expect(lines).toHaveLength(3)
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {7}/)
  })

  test('nothing that a peer writes reaches the terminal as a control', () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp.exe'
    const { lines } = shown((view) => {
      view.message(message(hostile, hostile), 1)
      view.failed({ code: 'REFUSED', message: hostile }, undefined)
      view.delivered(delivery, bea, Buffer.from(hostile))
    }, false)
    // oxlint-disable-next-line no-control-regex -- controls are what must not be there
    expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/)
  })

  test('a text that could not be sent is given back where it can be sent again', () => {
    const failure = { code: 'AUDIT_UNAVAILABLE', message: 'the disk is full' }
    const { lines, givenBack } = shown((view) => view.failed(failure, Buffer.from('Is it in?')))
    expect(lines).toEqual([expect.stringContaining('AUDIT_UNAVAILABLE: the disk is full')])
    expect(givenBack).toEqual(['Is it in?'])
  })

  test('in a pipe, where nothing can be given back, it is printed', () => {
    const { lines } = shown((view) => view.failed({ code: 'BUSY', message: 'wait' }, Buffer.from('Is it in?')), false)
    expect(lines.at(-1)).toContain('Is it in?')
  })

  test('colleagues are what they say, by whichever way, and off when they are gone', () => {
    const { lines } = shown((view) => {
      view.here({ ...bea, presence: 'busy' })
      view.presence({ ...bea, link: 'relayed', presence: 'away' })
      view.presence({ ...bea, presence: 'here' })
      view.self('busy')
      view.who([
        { ...bea, presence: 'away' },
        { ...bea, link: 'reachable', presence: 'off' },
      ])
      view.presence({ ...bea, presence: 'off' })
      view.gone({ ...bea, link: 'away', presence: 'off' })
    })
    expect(lines.map((line) => line.trim())).toEqual([
      'Bea is busy',
      'Bea is away from the desk, through a relay',
      'Bea is here',
      'You are busy.',
      'Bea: away from the desk (…00000003)',
      'Bea: there, behind a relay (…00000003)',
      'Bea is off',
    ])
  })

  test('a delivery names both places on the record', () => {
    expect(shown((view) => view.delivered(delivery, bea, Buffer.from('x'))).lines).toEqual([
      expect.stringMatching(/Bea has it \(on record, #4 here and #9 there\)/),
    ])
  })
})

describe('what a program reads', () => {
  test('is one object a line, with the text as it came', () => {
    const lines: string[] = []
    const view = jsonView((line) => void lines.push(line))
    view.message(message('a\nb\u001b[2J'), 7)
    view.delivered(delivery, bea, Buffer.from('x'))
    view.failed({ code: 'BUSY', message: 'wait' }, Buffer.from('x'))
    view.presence({ ...bea, presence: 'busy' })
    view.self('away')
    view.who([bea])
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ event: 'message', text: 'a\nb\u001b[2J', name: 'Bea', seq: 7 }),
      expect.objectContaining({ event: 'delivered', sentSeq: 4, receivedSeq: 9 }),
      { event: 'failed', code: 'BUSY', message: 'wait', text: 'x' },
      { event: 'presence', ...bea, presence: 'busy' },
      { event: 'self', presence: 'away' },
      { event: 'who', colleagues: [bea] },
    ])
  })
})

describe('what is more than a text', () => {
  const said = (change: Partial<ReceivedMessage>) =>
    shown((view) => view.message({ ...message('now'), ...change }, 1)).lines.map((line) => line.slice(7))

  test('is told in a line, with the place and the desk', () => {
    expect(said({ conversation: '#reference', about: { type: 'urgent' } })).toEqual(['Bea, in #reference: URGENT: now'])
    expect(said({ as: 'Reference', about: { type: 'pull', item: '641.5 ROM', branch: 'East' }, text: '' })).toEqual([
      'Reference (Bea): (please pull) 641.5 ROM, for East',
    ])
    expect(said({ conversation: '#a\u001B[2Jb' })).toEqual(['Bea, in #ab: now'])
  })

  test('is nothing when it is a mark', () => {
    expect(said({ about: { type: 'mark', read: ['f'.repeat(64)], acknowledged: [] }, text: '' })).toEqual([])
  })
})
