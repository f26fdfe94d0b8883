import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AuditError, CodedError, reasonOf } from '../errors.ts'

const OWNER_ONLY_FILE = 0o600
const OWNER_ONLY_FOLDER = 0o700
const OTHERS = 0o077
const MAX_KEY_FILE_BYTES = 4_096
/** RFC 7468 section 11. */
const ENCRYPTED = 'BEGIN ENCRYPTED PRIVATE KEY'
const CIPHER = 'aes-256-cbc'

/**
 * The Ed25519 private key kept in a PEM file (PKCS #8, RFC 8410); made, readable by its owner alone, when the file
 * is not there.
 * @throws AuditError KEY_EXPOSED when others may read the file; KEY_UNREADABLE
 */
export async function openKeyFile(file: string): Promise<KeyObject> {
  return (await readKeyFile(file)) ?? makeKey(file).catch((cause: unknown) => unreadable(file, cause))
}

/** Asked for a passphrase when a key turns out to be kept under one. */
export type Passphrase = (file: string) => Promise<string>

/**
 * The key in a file, when there is one.
 * @param passphrase - without it, a key that is kept under one cannot be read
 * @throws AuditError KEY_EXPOSED, KEY_UNREADABLE
 */
export async function readKeyFile(file: string, passphrase?: Passphrase): Promise<KeyObject | undefined> {
  return readKey(file, passphrase).catch((cause: unknown) => unreadable(file, cause))
}

function unreadable(file: string, cause: unknown): never {
  if (cause instanceof CodedError) throw cause
  throw new AuditError('KEY_UNREADABLE', `the key in ${file} cannot be read: ${reasonOf(cause)}`, { cause })
}

async function readKey(file: string, passphrase?: Passphrase): Promise<KeyObject | undefined> {
  const handle = await open(file, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const { mode, size } = await handle.stat()
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new AuditError('KEY_EXPOSED', `others may read the key in ${file}; make it yours alone: chmod 600 ${file}`)
    }
    if (size > MAX_KEY_FILE_BYTES) throw new Error(`it has ${size} bytes, which no key has`)
    const key = await unlocked(await handle.readFile('utf8'), file, passphrase)
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is ${key.asymmetricKeyType}, not Ed25519`)
    return key
  } finally {
    await handle.close()
  }
}

async function unlocked(pem: string, file: string, passphrase: Passphrase | undefined): Promise<KeyObject> {
  if (!pem.includes(ENCRYPTED)) return createPrivateKey(pem)
  if (passphrase === undefined) throw new Error('it is kept under a passphrase')
  const given = await passphrase(file)
  try {
    return createPrivateKey({ key: pem, passphrase: given })
  } catch (cause) {
    throw new Error('the passphrase is wrong, or the file is damaged', { cause })
  }
}

/** Puts a key file in the place of another, which is gone then. */
export async function replaceKeyFile(file: string, by: string): Promise<void> {
  await rename(by, file)
  await syncFolder(dirname(file))
}

/**
 * Never writes over a key ('wx'); both syncs keep a key that was used from being lost with the power.
 * @param heading - text before the key, which readers of PEM pass over (RFC 7468 section 2)
 * @param passphrase - under which the file keeps the key (encrypted PKCS #8)
 */
export async function makeKey(
  file: string,
  heading?: (key: KeyObject) => string,
  passphrase?: string,
): Promise<KeyObject> {
  await mkdir(dirname(file), { recursive: true, mode: OWNER_ONLY_FOLDER })
  const { privateKey } = generateKeyPairSync('ed25519')
  const lock = passphrase === undefined ? {} : { cipher: CIPHER, passphrase }
  const text = (heading?.(privateKey) ?? '') + String(privateKey.export({ format: 'pem', type: 'pkcs8', ...lock }))
  const handle = await open(file, 'wx', OWNER_ONLY_FILE)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncFolder(dirname(file))
  return privateKey
}

/** Windows cannot open a folder; its NTFS journals the entry without being asked. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
