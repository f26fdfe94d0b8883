import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { branchline, type Chat, endChat, startChat } from '../support/branchline.ts'
import { testFolder } from '../support/test-folder.ts'

interface Verified {
  readonly verdict: string
  readonly records: number
  readonly readFrom: string
  readonly findings: readonly { readonly code: string; readonly seq: number }[]
}

async function twoChats(): Promise<{ folder: string; ann: Chat; bea: Chat }> {
  const folder = await testFolder()
  const bea = await startChat({ name: 'Bea', folder })
  const ann = await startChat({ name: 'Ann', folder, peers: [bea.address] })
  await Promise.all([
    ann.program.until('here', ({ name }) => name === 'Bea'),
    bea.program.until('here', ({ name }) => name === 'Ann'),
  ])
  return { folder, ann, bea }
}

async function say(from: Chat, to: Chat, line: string, text: string): Promise<void> {
  from.program.write(line)
  const { id } = await to.program.until('message', (message) => message.text === text)
  await from.program.until('delivered', (delivery) => delivery.id === id)
}

async function verify(profile: string): Promise<Verified & { code: number | null }> {
  const { code, stdout } = await branchline(['audit', 'verify', '--json', profile])
  return { code, ...(JSON.parse(stdout) as Verified) }
}

test('two chats talk, and all other commands work on their profiles meanwhile', async () => {
  const { folder, ann, bea } = await twoChats()
  await say(ann, bea, '@bea Is 641.5945 ROM on your shelf?', 'Is 641.5945 ROM on your shelf?')
  // Whom one talks with is remembered.
  await say(bea, ann, 'It is: https://library.example/rom', 'It is: https://library.example/rom')

  for (const { profile } of [ann, bea]) {
    const report = await verify(profile)
    expect(report).toMatchObject({ code: 0, verdict: 'INTACT', findings: [] })
    expect(report.readFrom).toContain('the messenger that runs on')
  }

  const sent = await branchline(['send', '--profile', ann.profile, 'bea', 'by', 'another', 'process'])
  expect(sent).toMatchObject({ code: 0, stderr: '' })
  expect(sent.stdout).toMatch(/^On record here \(#\d+\) and there \(#\d+\)\.\n$/)
  await bea.program.until('message', ({ text }) => text === 'by another process')

  const piped = await branchline(['send', '--profile', ann.profile, '--json', 'bea'], 'line one\nline two\n')
  expect(JSON.parse(piped.stdout)).toMatchObject({ to: [bea.peerId], waiting: [] })
  await bea.program.until('message', ({ text }) => text === 'line one\nline two')

  const peers = await branchline(['peers', '--profile', ann.profile, '--json'])
  expect(JSON.parse(peers.stdout)).toEqual({ peer: bea.peerId, name: 'Bea', link: 'direct', presence: 'here' })

  const shown = await branchline(['audit', 'show', ann.profile])
  expect(shown.stdout).toContain('Is 641.5945 ROM on your shelf?')

  const redacting = ['audit', 'redact', '--profile', bea.profile, '--reason', 'Wis. Stat. 43.30', '--json']
  const { seq: secret } = await bea.program.until('message', ({ text }) => text === 'line one\nline two')
  const redacted = await branchline([...redacting, String(secret)])
  expect(JSON.parse(redacted.stdout)).toMatchObject({ redacted: secret, label: 'text' })
  expect((await branchline(['audit', 'show', bea.profile])).stdout).not.toContain('line one')
  expect(await branchline([...redacting, String(secret)])).toMatchObject({ code: 2 })
  expect(await verify(bea.profile)).toMatchObject({ verdict: 'INTACT', payloadsErased: 1 })

  const again = await branchline(['chat', '--profile', ann.profile])
  expect(again).toMatchObject({ code: 6, stdout: '' })
  expect(again.stderr).toMatch(/^branchline: PROFILE_IN_USE: .*\n$/)

  await Promise.all([endChat(ann), endChat(bea)])
  expect(await verify(ann.profile)).toMatchObject({ code: 0, readFrom: join(ann.profile, 'log') })
  const joined = await branchline(['audit', 'join', '--json', ann.profile, bea.profile])
  expect(JSON.parse(joined.stdout)).toMatchObject({ verdict: 'INTACT', both: 4, unconfirmed: [] })
  // Verifying wrote nothing: the profile can be copied, and the copy is as good.
  await cp(ann.profile, join(folder, 'copy'), { recursive: true })
  expect(await verify(join(folder, 'copy'))).toMatchObject({ code: 0, verdict: 'INTACT' })
})

test('colleagues see who is busy, and nothing of it is on record', async () => {
  const { ann, bea } = await twoChats()
  bea.program.write('/busy')
  await ann.program.until('presence', ({ name, presence }) => name === 'Bea' && presence === 'busy')
  const peers = await branchline(['peers', '--profile', ann.profile, '--json'])
  expect(JSON.parse(peers.stdout)).toMatchObject({ name: 'Bea', presence: 'busy' })
  await endChat(bea)
  await ann.program.until('presence', ({ presence }) => presence === 'off')
  await endChat(ann)
  expect((await branchline(['audit', 'show', bea.profile])).stdout).not.toContain('busy')
})

test('texts cross as they are, whatever is in them', async () => {
  const { ann, bea } = await twoChats()
  const escapes = '\u001b[2J\u001b]0;title\u0007 \u202etxet\u202c \u0000 \u009b31m'
  ann.program.write(`@bea ${escapes}`)
  expect(await bea.program.until('message')).toMatchObject({ text: escapes })
  await ann.program.until('delivered')
  ann.program.write(Buffer.from('@bea caf\xe9', 'latin1'))
  await bea.program.until('message', ({ text }) => text === 'caf\u{FFFD}')
  const shown = await branchline(['audit', 'show', '--json', bea.profile])
  const texts = shown.stdout
    .trim()
    .split('\n')
    .flatMap((line) => (JSON.parse(line) as { payloads: { label: string; base64: string }[] }).payloads)
    .filter(({ label }) => label === 'text')
    .map(({ base64 }) => Buffer.from(base64, 'base64').toString('latin1'))
  expect(texts).toEqual([Buffer.from(escapes).toString('latin1'), 'caf\xe9'])
  const read = await branchline(['audit', 'show', bea.profile])
  // oxlint-disable-next-line no-control-regex -- controls are what must not be there
  expect(read.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/)
  await Promise.all([endChat(ann), endChat(bea)])
})

test('what cannot be sent is told with a code, and its text is not lost', async () => {
  const { ann, bea } = await twoChats()
  const long = 'x'.repeat(32_769)
  ann.program.write(`@bea ${long}`)
  expect(await ann.program.until('failed')).toMatchObject({ code: 'MESSAGE_TOO_LARGE', text: long })
  const { code, stderr } = await branchline(['send', '--profile', ann.profile, 'bea'], 'x'.repeat(100_000))
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^branchline: MESSAGE_TOO_LARGE: .*\n$/) })

  ann.program.write('@zoe Is it in?')
  const failed = await ann.program.until('failed', ({ text }) => text === 'Is it in?')
  expect(failed).toMatchObject({ code: 'PEER_UNKNOWN', line: '@zoe Is it in?' })
  expect(bea.program.all('message')).toEqual([])
  await Promise.all([endChat(ann), endChat(bea)])
  expect(await verify(ann.profile)).toMatchObject({ verdict: 'INTACT' })
})

test('a chat that is killed starts again on its whole log, and is found again', async () => {
  const { folder, ann, bea } = await twoChats()
  await say(ann, bea, '@bea Before.', 'Before.')
  await ann.program.kill()
  const back = await startChat({ name: 'Ann', folder, peers: [bea.address] })
  expect(back.peerId).toBe(ann.peerId)
  await back.program.until('here')
  await say(back, bea, '@bea After.', 'After.')
  expect(await verify(back.profile)).toMatchObject({ code: 0, verdict: 'INTACT' })
  await Promise.all([endChat(back), endChat(bea)])
})
