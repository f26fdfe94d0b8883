import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { ALONE, branchline, LAUNCHER } from './support/branchline.ts'
import { hasPython } from './support/foreign-judge.ts'
import { type Members, startHost } from './support/host.ts'
import { Talker } from './support/talker.ts'
import { joined, LIBRARY, listed, town } from './support/town.ts'

const FOLDER = resolve(import.meta.dirname, '..', 'examples')
const EXAMPLES = join(FOLDER, 'src')

test('the example of two desks does what it says', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(EXAMPLES, 'two-desks.ts')], { timeout: 30_000 })
  expect(stdout.split('\n')).toEqual([
    'Workroom asks: Is 641.5945 ROM on your shelf?',
    'on record at both ends: #2 at the workroom, #2 at the desk',
    'INTACT',
    'INTACT',
    '1 of 1 messages at both ends',
    '',
  ])
})

describe.skipIf(!hasPython)('the reference desk that answers by itself, and the panel in Python', () => {
  test('talk with each other, and their logs are whole', async () => {
    const at = await town()
    const robin = await listed(at, 'Robin', '--desk', 'Reference')
    const ann = await listed(at, 'Ann', '--desk', 'Reference')
    const cy = await listed(at, 'Cy')
    await joined(at, robin, ann, cy)

    const catalogue = join(FOLDER, 'catalogue.json')
    const args = [join(EXAMPLES, 'reference-bot.ts'), '--profile', robin, '--catalogue', catalogue, ...ALONE]
    const bot = new Talker(process.execPath, args)
    const address = (await bot.until(/^Robin sits at @Reference/)).split(' ').at(-1) as string
    const { host } = await startHost(ann, [address])
    await host.until('message', ({ about }) => about.type === 'desk' && about.step === 'on')
    const serve = [process.execPath, LAUNCHER, 'serve', '--stdio', '--profile', cy, ...ALONE, '--peer', address]
    const panel = new Talker('python3', [join(FOLDER, 'python/desk_panel.py'), ...serve])
    await panel.until(new RegExp(`^You are Cy, of ${LIBRARY}`))

    panel.say('@Reference: hours')
    await panel.until(/^Reference: We are open from 9 to 20/)
    panel.say('@Reference: is QA76.73 in?')
    await panel.until(/^Reference: Types for a Small Library \(QA76.73 T97\) is in: second floor, east\.$/)
    panel.say('Robin: is Z678 in?')
    await panel.until(/^Reference: The Decimal Classification \(Z678 DEW\) is out\.$/)
    panel.say('Robin: good morning')
    await panel.until(/^Reference: I know "hours"/)
    panel.say('pull @Reference: 641.5945')
    await panel.until(/^Reference: \[pulled\] From first floor, cooking; it goes to Main\.$/)
    panel.say('pull @Reference: Z678')
    await panel.until(/^Reference: \[not-found\] It is out\.$/)
    panel.say('Zoe: are you there?')
    await panel.until(/^PEER_UNKNOWN: /)
    expect(panel.said.filter((line) => line === 'Reference: [claim] ')).toHaveLength(1)

    // Ann, who may sit at that desk, too, has all that was asked and answered there, and nothing else.
    await host.until('message', ({ about }) => about.step === 'not-found')
    for (const item of ['641.5945', 'Z678']) await host.until('message', ({ about }) => about.item === item)
    const { pulls } = await host.ask('pulls')
    expect(pulls).toMatchObject([
      { item: 'Z678', state: 'not-found' },
      { item: '641.5945', state: 'pulled' },
    ])
    const { messages } = await host.ask('messages', { conversation: '@Reference' })
    expect(messages.map(({ text }: Members) => text)).not.toContain('good morning')

    panel.child.stdin?.end()
    expect(await panel.ended()).toEqual({ code: 0, errors: '' })
    bot.child.kill('SIGTERM')
    expect(await bot.ended()).toEqual({ code: 0, errors: '' })
    expect(bot.said.at(-1)).toBe('Good night.')
    await host.end()

    const { code, stdout } = await branchline(['audit', 'join', '--json', robin, ann, cy])
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({
      code: 0,
      verdict: 'INTACT',
      verdicts: ['INTACT', 'INTACT', 'INTACT'],
      provedMissingAtReceiver: [],
      provedMissingAtSender: [],
      repeated: [],
    })
  })
})
