import { expect, test } from 'vitest'
import { wantedIn } from '../src/chat/verbs/pulls.ts'

const BRANCHES = ['Northside', 'East Side', 'East End']
const wanted = (line: string) => wantedIn(Buffer.from(line), BRANCHES, 'Northside')

test.each([
  ['641.5945 ROM', '641.5945 ROM', 'Northside'],
  ['641.5945 ROM to north', '641.5945 ROM', 'Northside'],
  ['"Introduction to Cooking" to East Side', 'Introduction to Cooking', 'East Side'],
  ['"Introduction to Cooking"', 'Introduction to Cooking', 'Northside'],
  ['Introduction to Cooking to east side', 'Introduction to Cooking', 'East Side'],
  ['"641.5" to "Bookmobile 2" for Mr. Oz', '641.5', 'Bookmobile 2'],
])('%s', (line, item, branch) => {
  expect(wanted(line)).toMatchObject({ item, branch })
})

test('words after a quoted place are said with it', () => {
  expect(wanted('"641.5" to "Bookmobile 2" for Mr. Oz').text).toBe('for Mr. Oz')
})

test.each([
  ['', 'say /pull'],
  ['Introduction to Cooking', 'no branch is called "Cooking"'],
  ['641.5 to East', 'no branch is called "East"'],
  ['"641.5" for Northside', 'after the item comes "to"'],
])('%j leaves a doubt, and is refused', (line, why) => {
  expect(() => wanted(line)).toThrow(why)
})
