import { describe, expect, test } from 'vitest'
import { parseLine } from '../src/chat/parse-line.ts'

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

function parsed(line: string | Uint8Array): unknown {
  const read = parseLine(Buffer.from(line))
  if ('text' in read) return { ...read, text: latin1(read.text) }
  return 'rest' in read ? { ...read, rest: latin1(read.rest) } : read
}

const at = (name: string) => ({ sign: '@', name })
const room = (name: string) => ({ sign: '#', name })

describe('a line of the chat', () => {
  test.each<[string, object]>([
    ['', { kind: 'nothing' }],
    [' \t ', { kind: 'nothing' }],
    ['Good morning', { kind: 'say', text: 'Good morning' }],
    ['@bea Good morning', { kind: 'say', to: at('bea'), text: 'Good morning' }],
    ['@"Ann, desk" Is it in?', { kind: 'say', to: at('Ann, desk'), text: 'Is it in?' }],
    ['@"Reference @ Northside" Hello', { kind: 'say', to: at('Reference @ Northside'), text: 'Hello' }],
    ['@bea', { kind: 'to', to: at('bea') }],
    ['@bea   ', { kind: 'to', to: at('bea') }],
    ['@"Ann, desk"', { kind: 'to', to: at('Ann, desk') }],
    ['#reference Hello', { kind: 'say', to: room('reference'), text: 'Hello' }],
    ['#"Story time" Hello', { kind: 'say', to: room('Story time'), text: 'Hello' }],
    ['#reference', { kind: 'to', to: room('reference') }],
    ['# 3 of them', { kind: 'say', text: '# 3 of them' }],
    ['+crew Hello', { kind: 'say', to: { sign: '+', name: 'crew' }, text: 'Hello' }],
    ['+1', { kind: 'say', text: '+1' }],
    ['++crew', { kind: 'say', text: '+crew' }],
    ['##reference', { kind: 'say', text: '#reference' }],
    ['/to Ann, desk', { kind: 'verb', verb: 'to', rest: 'Ann, desk' }],
    ['/who', { kind: 'verb', verb: 'who', rest: '' }],
    ['/reply 3  two spaces', { kind: 'verb', verb: 'reply', rest: '3  two spaces' }],
    ['/', { kind: 'verb', verb: '', rest: '' }],
    ['//etc/hosts', { kind: 'say', text: '/etc/hosts' }],
    ['@@home', { kind: 'say', text: '@home' }],
    ['a /who in the middle', { kind: 'say', text: 'a /who in the middle' }],
  ])('%j', (line, expected) => {
    expect(parsed(line)).toEqual(expected)
  })

  test('keeps bytes that are not UTF-8 as they are', () => {
    expect(parsed(Uint8Array.of(0x40, 0x62, 0x20, 0xff, 0xfe))).toEqual({ kind: 'say', to: at('b'), text: '\xff\xfe' })
  })

  test('a quote that is never closed names somebody, and sends nothing', () => {
    expect(parsed('@"Ann Good morning')).toEqual({ kind: 'to', to: at('Ann Good morning') })
  })
})
