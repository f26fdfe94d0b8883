import { generateKeyPairSync } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type AuditSink, auditLog, logSigner } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkpoint } from '../src/commands/audit-checkpoint.ts'
import { join as joinCommand } from '../src/commands/audit-join.ts'
import { proof } from '../src/commands/audit-proof.ts'
import { verify } from '../src/commands/audit-verify.ts'
import { witness } from '../src/commands/audit-witness.ts'
import type { ExitCode } from '../src/exit-codes.ts'
import type { Context } from '../src/io.ts'

const ANN = '12D3KooWAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAnnAn'
const BEA = '12D3KooWBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBeaBe'

let place: string
const folderOf = (name: string): string => join(place, 'logs', name)

async function openLog(
  name: string,
  peer: string,
  key = generateKeyPairSync('ed25519').privateKey,
): Promise<AuditSink> {
  const store = await levelStore(join(folderOf(name), 'log'))
  return auditLog({ store, owner: peer, signer: logSigner(`branchline/${peer}`, key) })
}

async function note(log: AuditSink, actor: string, entries: number): Promise<void> {
  for (let n = 0; n < entries; n++) await log.append([{ kind: 'roster', actor, reason: `change ${n}` }])
}

/** Ann has 5 records, of which Bea has seen 3; a backup of Ann's was made when she had 3. */
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'branchline-audit-'))
  for (const name of ['ann', 'bea']) await mkdir(folderOf(name), { recursive: true })
  const key = generateKeyPairSync('ed25519').privateKey
  const early = await openLog('ann', ANN, key)
  await note(early, ANN, 2)
  const { origin, size, root, signature } = await early.checkpoint()
  await early.close()
  await cp(folderOf('ann'), join(place, 'backup'), { recursive: true })
  const ann = await openLog('ann', ANN, key)
  await note(ann, ANN, 2)
  await ann.close()
  const bea = await openLog('bea', BEA)
  const seen = [[origin, size, root, Buffer.from(signature).toString('hex')]] as const
  await bea.append([{ kind: 'roster', actor: BEA, seen }])
  await bea.close()
})

afterAll(async () => rm(place, { recursive: true }))

interface Run {
  readonly context: Context
  said(): string
  code(): ExitCode | undefined
}

function run(): Run {
  let said = ''
  let code: ExitCode | undefined
  const output = { isTTY: false, write: (text: string) => (said += text) }
  const io = { stdin: Readable.from([]), stdout: output, stderr: output, env: {}, signal: new AbortController().signal }
  const exit = (given: ExitCode): void => {
    code = given
  }
  return { context: { process, io, exit } as unknown as Context, said: () => said, code: () => code }
}

async function verified(flags: object, ...places: string[]): Promise<{ code: ExitCode | undefined; said: string }> {
  const each = run()
  await verify.call(each.context, { json: false, ...flags }, ...places)
  return { code: each.code(), said: each.said() }
}

async function checkpointFile(): Promise<string> {
  const each = run()
  await checkpoint.call(each.context, {}, folderOf('ann'))
  const file = join(place, 'checkpoint')
  await writeFile(file, each.said())
  return file
}

describe('audit verify', () => {
  test('says INTACT of one log, and since when nobody has seen it', async () => {
    const { code, said } = await verified({}, folderOf('ann'))
    expect(code).toBe(0)
    expect(said).toMatch(/^INTACT {2}/)
    expect(said).toContain('UNWITNESSED SINCE record 0')
  })

  test('takes a folder of logs, and lets each be a witness of the others', async () => {
    const { code, said } = await verified({}, join(place, 'logs'))
    expect(code).toBe(0)
    expect(said).toContain(`3 records by branchline/${BEA}`)
    expect(said).toContain('UNWITNESSED SINCE record 3')
  })

  test('says ROLLED BACK of a backup against a checkpoint kept elsewhere, with a code of its own', async () => {
    const { code, said } = await verified({ checkpoint: [await checkpointFile()] }, join(place, 'backup'))
    expect(code).toBe(13)
    expect(said).toMatch(/^ROLLED BACK {2}/)
    expect(said).toContain('record 3: ROLLED BACK, LOG_ROLLED_BACK.')
    const { code: alone } = await verified({}, join(place, 'backup'))
    expect(alone).toBe(0)
  })

  test('does not say INTACT without a word when a checkpoint was of no log given, or cannot be read', async () => {
    const file = await checkpointFile()
    await expect(verified({ checkpoint: [file] }, folderOf('bea'))).rejects.toMatchObject({ code: 'USAGE' })
    await expect(verified({ checkpoint: [join(place, 'none')] }, folderOf('bea'))).rejects.toMatchObject({
      code: 'USAGE',
    })
    await writeFile(join(place, 'junk'), 'junk')
    await expect(verified({ checkpoint: [join(place, 'junk')] }, folderOf('ann'))).rejects.toMatchObject({
      code: 'NOTE_MALFORMED',
    })
  })

  test('misses a log that was expected', async () => {
    const origins = [`branchline/${ANN}`, `branchline/${BEA}`]
    const { code, said } = await verified({ expect: origins }, folderOf('ann'))
    expect(code).toBe(10)
    expect(said).toContain(`MISSING: there is no log of branchline/${BEA}.`)
  })

  test('has it all in JSON', async () => {
    const { said } = await verified({ json: true }, join(place, 'logs'))
    expect(JSON.parse(said)).toMatchObject({
      verdict: 'INTACT',
      logs: [{ readFrom: join(folderOf('ann'), 'log'), witnessed: { size: 3 }, unwitnessedSince: 3 }, {}],
    })
  })
})

test('audit join says in short what each log is', async () => {
  const each = run()
  await joinCommand.call(each.context, { json: false }, folderOf('ann'), folderOf('bea'))
  expect(each.said()).toMatch(/^INTACT {2}.*ann.*\nINTACT {2}.*bea/)
  expect(each.code()).toBe(0)
})

test('audit witness says who has seen how much', async () => {
  const each = run()
  await witness.call(each.context, { json: false }, folderOf('ann'), folderOf('bea'))
  expect(each.said()).toMatch(new RegExp(`  3 records by branchline/${BEA}.*\n  UNWITNESSED SINCE record 3\n$`))
})

describe('audit proof', () => {
  test('writes a proof of one record, once', async () => {
    const out = join(place, 'record.tlog-proof')
    const each = run()
    await proof.call(each.context, { out, author: false }, 2, folderOf('ann'))
    expect(await readFile(out, 'utf8')).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra .*\nindex 2\n/)
    await expect(proof.call(run().context, { out, author: false }, 2, folderOf('ann'))).rejects.toMatchObject({
      code: 'EEXIST',
    })
  })

  test('of no record that is not there', async () => {
    await expect(proof.call(run().context, { author: false }, 5, folderOf('ann'))).rejects.toMatchObject({
      code: 'AUDIT_PROOF_IMPOSSIBLE',
    })
  })
})
