import { describe, expect, test } from 'vitest'
import { type ChatLine, parseLine } from '../src/chat/parse-line.ts'

function parsed(line: string | Uint8Array): unknown {
  const read: ChatLine = parseLine(Buffer.from(line))
  return 'text' in read ? { ...read, text: Buffer.from(read.text).toString('latin1') } : read
}

describe('a line of the chat', () => {
  test.each<[string, object]>([
    ['', { kind: 'nothing' }],
    [' \t ', { kind: 'nothing' }],
    ['Good morning', { kind: 'say', text: 'Good morning' }],
    ['@bea Good morning', { kind: 'say', to: 'bea', text: 'Good morning' }],
    ['@"Ann, desk" Is it in?', { kind: 'say', to: 'Ann, desk', text: 'Is it in?' }],
    ['@bea', { kind: 'to', name: 'bea' }],
    ['@bea   ', { kind: 'to', name: 'bea' }],
    ['@"Ann, desk"', { kind: 'to', name: 'Ann, desk' }],
    ['/to Ann, desk', { kind: 'to', name: 'Ann, desk' }],
    ['/who', { kind: 'who' }],
    ['/busy', { kind: 'presence', state: 'busy' }],
    ['/away', { kind: 'presence', state: 'away' }],
    ['/here', { kind: 'presence', state: 'here' }],
    ['/away until two', { kind: 'unknown', command: 'away until two' }],
    ['/off', { kind: 'unknown', command: 'off' }],
    ['/help', { kind: 'help' }],
    ['/quit', { kind: 'quit' }],
    ['/to', { kind: 'unknown', command: 'to' }],
    ['/shout all', { kind: 'unknown', command: 'shout' }],
    ['//etc/hosts', { kind: 'say', text: '/etc/hosts' }],
    ['@@home', { kind: 'say', text: '@home' }],
    ['a /who in the middle', { kind: 'say', text: 'a /who in the middle' }],
  ])('%j', (line, expected) => {
    expect(parsed(line)).toEqual(expected)
  })

  test('keeps bytes that are not UTF-8 as they are', () => {
    expect(parsed(Uint8Array.of(0x40, 0x62, 0x20, 0xff, 0xfe))).toEqual({ kind: 'say', to: 'b', text: '\xff\xfe' })
  })

  test('a quote that is never closed names somebody, and sends nothing', () => {
    expect(parsed('@"Ann Good morning')).toEqual({ kind: 'to', name: 'Ann Good morning' })
  })
})
