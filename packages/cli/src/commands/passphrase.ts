import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Passphrase } from '@branchline/audit-sink'
import { CliError } from '../cli-error.ts'
import type { CliIO } from '../io.ts'

/** The key derivation of encrypted PKCS #8 costs a guesser little: length has to do the work. */
const MIN_CHARACTERS = 12

/** Asks for the passphrase of a key file when it needs one; programs give it in BRANCHLINE_PASSPHRASE. */
export function passphraseFor(io: CliIO): Passphrase {
  return async (file) => io.env['BRANCHLINE_PASSPHRASE'] ?? (await ask(io, `Passphrase of ${file}: `))
}

/** @throws CliError USAGE when it is too short, or not the same twice */
export async function newPassphrase(io: CliIO): Promise<string> {
  const given = io.env['BRANCHLINE_PASSPHRASE']
  const passphrase = given ?? (await ask(io, `New passphrase, at least ${MIN_CHARACTERS} characters: `))
  if (passphrase.length < MIN_CHARACTERS) {
    throw new CliError('USAGE', `a passphrase has at least ${MIN_CHARACTERS} characters; four words are good`)
  }
  if (given === undefined && (await ask(io, 'The same again: ')) !== passphrase) {
    throw new CliError('USAGE', 'these were two passphrases')
  }
  return passphrase
}

/** Nothing of it is shown. */
async function ask(io: CliIO, question: string): Promise<string> {
  if (io.stdin.isTTY !== true) throw new CliError('USAGE', 'give the passphrase in BRANCHLINE_PASSPHRASE')
  io.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: io.stdin, output: silent, terminal: true, signal: io.signal })
  try {
    const { value } = await lines[Symbol.asyncIterator]().next()
    return typeof value === 'string' ? value : ''
  } finally {
    lines.close()
    io.stderr.write('\n')
  }
}
