import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sanitise, sanitiseLine } from '../src/sanitise.ts'

const GONE = '\u{FFFD}'

/** What a terminal acts on, or what makes a line look like another: nothing of it may be left. */
const ACTS =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /[\0-\x08\x0b-\x1f\x7f-\x9f]|\p{Bidi_Control}|[\p{Zl}\p{Zp}]|[\u200b\u200c\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/u

describe('what acts on a terminal is taken out of a text', () => {
  test.each([
    ['a colour (CSI, SGR)', '\u001B[31mred\u001B[0m', 'red'],
    ['a colour by RGB', '\u001B[38;2;255;0;0mred', 'red'],
    ['clearing the screen', '\u001B[2J\u001B[Hhello', 'hello'],
    ['moving the cursor up', 'hello\u001B[1Abye', 'hellobye'],
    ['the 8-bit introducer of CSI', '\u009B31mred', 'red'],
    ['a title (OSC ended by BEL)', '\u001B]0;root@branch\u0007hello', 'hello'],
    ['a title (OSC ended by ST)', '\u001B]0;title\u001B\\hello', 'hello'],
    ['a link (OSC 8)', '\u001B]8;;https://evil.example\u0007bank\u001B]8;;\u0007', 'bank'],
    ['a reset', '\u001Bchello', 'hello'],
  ])('%s', (_, text, shown) => {
    expect(sanitise(text)).toBe(shown)
  })

  test.each([
    ['DCS', '\u001BP1$r0m\u001B\\'],
    ['DCS, 8-bit', '\u00901$r0m\u009C'],
    ['APC', '\u001B_Gf=100;AAAA\u001B\\'],
    ['APC, 8-bit', '\u009FGf=100;AAAA\u009C'],
    ['PM', '\u001B^private\u001B\\'],
    ['PM, 8-bit', '\u009Eprivate\u009C'],
    ['SOS', '\u001BXstring\u001B\\'],
    ['SOS, 8-bit', '\u0098string\u009C'],
    ['OSC, 8-bit, ended by ST', '\u009D0;title\u009C'],
    ['OSC, 8-bit, ended by BEL', '\u009D52;c;bHVuY2g=\u0007'],
    ['OSC 52 (the clipboard)', '\u001B]52;c;bHVuY2g=\u0007'],
    ['OSC that does not end', '\u001B]0;title'],
    ['CSI that does not end', '\u001B[31'],
    ['an escape inside an escape', '\u001B\u001B[0m[31mred'],
    ['an escape at the end', 'hello\u001B'],
    ['a shift to line drawing', '\u001B(0lqk\u001B(B'],
    ['shift out and in', '\u000Elqk\u000F'],
    ['an answer back', '\u0005'],
    ['backspaces over what was said', 'no\b\byes'],
    ['a carriage return over what was said', 'no\ryes'],
    ['DEL', 'a\u007Fb'],
    ['NEL', 'a\u0085b'],
    ['NUL', 'a\0b'],
  ])('%s, whatever else of it stays', (_, text) => {
    expect(sanitise(text)).not.toMatch(ACTS)
    expect(sanitiseLine(text)).not.toMatch(ACTS)
  })

  test.each([
    ['bidirectional overrides', '\u202Egnp.exe\u202C', `${GONE}gnp.exe${GONE}`],
    ['bidirectional isolates', '\u2066a\u2067b\u2068c\u2069', `${GONE}a${GONE}b${GONE}c${GONE}`],
    ['direction marks', 'a\u200Eb\u200Fc\u061Cd', `a${GONE}b${GONE}c${GONE}d`],
    ['zero-width space and non-joiner', 'pay\u200Bpal\u200C', `pay${GONE}pal${GONE}`],
    ['word joiner and byte order mark', 'a\u2060b\uFEFFc', `a${GONE}b${GONE}c`],
    ['invisible operators', '2\u2062\u2063\u2064n', `2${GONE}${GONE}${GONE}n`],
    ['fillers that look like nothing', '\u115F\u1160\u3164\uFFA0', GONE.repeat(4)],
    ['tags', 'hi\u{E0001}\u{E0041}\u{E007F}', `hi${GONE.repeat(3)}`],
    ['interlinear annotation', '\uFFF9a\uFFFAb\uFFFB', `${GONE}a${GONE}b${GONE}`],
    ['line and paragraph separators', 'a\u2028b\u2029c', `a${GONE}b${GONE}c`],
    ['lone surrogates', 'a\uD83Db\uDE00c', `a${GONE}b${GONE}c`],
  ])('%s are replaced where they stood', (_, text, shown) => {
    expect(sanitise(text)).toBe(shown)
  })
})

describe('what people write stays', () => {
  test.each([
    ['words in any script', 'Grüße, مرحبا, שלום, 日本語, ไทย, हिन्दी'],
    ['emoji held together by joiners', '👩‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍💻 ❤️'],
    ['flags', '🇩🇪 🇯🇵'],
    ['line feeds and tabs', 'one\n\ttwo\n'],
    ['signs', '<>&"\'\\ $(rm) `x` %s {0} [31m'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(sanitise(text)).toBe(text)
  })

  test('in one normal form', () => {
    expect(sanitise('e\u0301')).toBe('\u00E9')
    expect(sanitise('e\u001B[1m\u0301')).toBe('\u00E9')
    expect(sanitise('e\u001B]0;\u0007\u0301')).toBe('\u00E9')
  })

  test('but on one line where it must be', () => {
    expect(sanitiseLine('one\ntwo\tthree')).toBe(`one${GONE}two${GONE}three`)
    expect(sanitiseLine('one two')).toBe('one two')
  })
})

const DANGEROUS = [
  ['\u001B', '\u009B', '\u009D', '\u0090', '\u009C', '\u001B[', '\u001B]', '\u001BP', '\u001B_', '\u001B\\'],
  ['[', ']', ';', '0', '31', 'm', 'J', '8;;http://x', '\u0007', '\n', '\t', '\r', '\b', '\0', '\u007F'],
  ['\u202E', '\u2066', '\u200B', '\u200D', '\uFEFF', '\uFE0F', '\u{E0041}', '\uD83D', '\uDE00', '👩', 'é', 'e'],
  ['\u0301', '\u0327', 'a', 'ㄱ', '\u1100', '\u1161', '\u115F', '\u1160', '\u212B', '\uFB1D', '\u{1D173}', ' '],
].flat()
const nasty = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...DANGEROUS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  ),
)

describe('whatever the text', () => {
  test('nothing is left that acts on a terminal or hides', () => {
    fc.assert(
      fc.property(nasty, (pieces) => {
        const shown = sanitise(pieces.join(''))
        expect(shown).not.toMatch(ACTS)
        expect(shown.isWellFormed()).toBe(true)
        expect(sanitiseLine(pieces.join(''))).not.toMatch(/[\n\t]/)
      }),
      { numRuns: 3_000 },
    )
  })

  test('what was sanitised once stays as it is', () => {
    fc.assert(
      fc.property(nasty, (pieces) => {
        for (const clean of [sanitise, sanitiseLine]) {
          const once = clean(pieces.join(''))
          expect(clean(once)).toBe(once)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  test('32 KiB made to be slow are not', () => {
    const start = performance.now()
    for (const piece of ['\u001B', '\u001B[', '\u001B[;', '\u001B]a;', ';a', '\u001B[1;1', '\u009B#']) {
      sanitise(`\u001B]${piece.repeat(32_768 / piece.length)}`)
    }
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})
