import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ALONE, ended, LAUNCHER } from './support/branchline.ts'
import { hasPython } from './support/foreign-judge.ts'
import { startHost } from './support/host.ts'
import { enrol } from './support/library.ts'
import { testFolder } from './support/test-folder.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const DOCUMENT = read('docs/embedding.md')

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(DOCUMENT)?.[1]
  if (found === undefined) throw new Error(`the document has no block of ${language}`)
  return found.trim()
}

/** What is another each time. */
function inGeneral(line: string): string {
  return line
    .replace(/[0-9a-f]{64}/g, 'HASH')
    .replace(/12D3KooW\w{44}/g, 'PEER')
    .replace(/\b1[0-9]{12}\b/g, 'TIME')
    .replace(/tcp\/[0-9]+/g, 'tcp/PORT')
    .replace(/"version":"[^"]+"/, '"version":"VERSION"')
}

async function annAndBea() {
  const folder = await testFolder()
  const [annAt, beaAt] = [join(folder, 'ann'), join(folder, 'bea')]
  await enrol(folder, 'Ann', annAt)
  await enrol(folder, 'Bea', beaAt)
  return { annAt, bea: await startHost(beaAt) }
}

describe('docs/embedding.md', () => {
  test('shows a program of 30 lines that is type-checked with everything else', () => {
    const file = read('examples/src/thirty-lines.ts')
    const from = file.indexOf('// embedding begins\n') + '// embedding begins\n'.length
    const shown = block('ts')
    expect(shown).toBe(file.slice(from, file.indexOf('// embedding ends')).trim())
    expect(shown.split('\n').length).toBeLessThanOrEqual(30)
  })

  test('shows a session of serve --stdio as it is', async () => {
    const { annAt, bea } = await annAndBea()
    const { host: ann } = await startHost(annAt, [bea.address])
    await ann.until('colleague:here')
    const requests = block('text')
      .split('\n')
      .filter((line) => line.startsWith('> '))
    const [post, unknown, shutdown, ...others] = requests.map((line) => line.slice(2))
    expect(others).toEqual([])
    const session: string[] = []
    let told = 0
    const say = (line = ''): void => {
      session.push(...ann.lines.slice(told).map((each) => `< ${JSON.stringify(each)}`), `> ${line}`)
      told = ann.lines.length
      ann.write(line)
    }
    say(post)
    await ann.until('outcome')
    await bea.host.ask('post', { where: 'Ann', text: 'It is.' })
    await ann.until('message')
    say(unknown)
    await ann.answer(2)
    say(shutdown)
    expect(await ann.program.ended()).toBe(0)
    session.push(...ann.lines.slice(told).map((each) => `< ${JSON.stringify(each)}`))
    await bea.host.end()
    expect(session.map(inGeneral)).toEqual(block('text').split('\n').map(inGeneral))
  })

  test('shows a program in Python that works', async () => {
    expect(block('python')).toBe(read('examples/python/say.py').trim())
    const { annAt, bea } = await annAndBea()
    if (hasPython) {
      const args = [join(ROOT, 'examples/python/say.py'), 'Bea', 'Good morning', process.execPath, LAUNCHER]
      const flags = ['serve', '--stdio', '--profile', annAt, ...ALONE, '--peer', bea.address]
      expect(await ended('python3', [...args, ...flags])).toEqual({ code: 0, stdout: 'delivered\n', stderr: '' })
      await bea.host.until('message', ({ text }) => text === 'Good morning')
    }
    await bea.host.end()
  })
})
