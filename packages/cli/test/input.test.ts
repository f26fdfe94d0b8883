import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { byteLines } from '../src/chat/input.ts'

async function linesOf(...pieces: readonly (string | Uint8Array)[]): Promise<string[]> {
  const lines: string[] = []
  const input = Readable.from(pieces.map((piece) => Buffer.from(piece)))
  for await (const line of byteLines(input)) lines.push(Buffer.from(line).toString('latin1'))
  return lines
}

test('lines come whole, wherever the pipe cut them', async () => {
  expect(await linesOf('on', 'e\ntw', 'o\r\n', '\nlast')).toEqual(['one', 'two', '', 'last'])
})

test('an input that ends with a line feed has no empty line after it', async () => {
  expect(await linesOf('one\n')).toEqual(['one'])
})

test('bytes that are not UTF-8 stay what they are', async () => {
  expect(await linesOf(Uint8Array.of(0xff, 0x0a, 0xc3))).toEqual(['\xff', '\xc3'])
})

test('a line without an end fills no memory, and the next is read', async () => {
  const piece = 'x'.repeat(50_000)
  const [long, next] = await linesOf(piece, piece, piece, '\nnext\n')
  expect(long).toHaveLength(65_536)
  expect(next).toBe('next')
})
