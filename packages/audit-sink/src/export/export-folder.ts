import { type FileHandle, mkdir, open, opendir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AuditError, reasonOf } from '../errors.ts'
import { CHECKPOINT, HEAD_NOTE, PAYLOADS } from './layout.ts'

const OWNER_ONLY_FILE = 0o600
const OWNER_ONLY_FOLDER = 0o700
/** What is gathered before it is written. */
const CHUNK_CHARACTERS = 65_536

/** A new folder that an export is written into; nothing in it is ever written over. */
export class ExportFolder {
  readonly #folder: string
  readonly #payloads: FileHandle
  #gathered = ''

  private constructor(folder: string, payloads: FileHandle) {
    this.#folder = folder
    this.#payloads = payloads
  }

  /** @throws AuditError EXPORT_REFUSED when there is something already */
  static async create(folder: string): Promise<ExportFolder> {
    await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER }).catch((cause: unknown) => {
      throw new AuditError('EXPORT_REFUSED', `${folder} cannot be made: ${reasonOf(cause)}`, { cause })
    })
    const [name] = await readdir(folder)
    if (name !== undefined) {
      throw new AuditError('EXPORT_REFUSED', `${folder} is not empty (it holds ${name}); name a new folder`)
    }
    return new ExportFolder(folder, await open(join(folder, PAYLOADS), 'wx', OWNER_ONLY_FILE))
  }

  /** @param path - below the folder, with slashes */
  async write(path: string, bytes: Uint8Array): Promise<void> {
    const file = join(this.#folder, path)
    await mkdir(dirname(file), { recursive: true, mode: OWNER_ONLY_FOLDER })
    const handle = await open(file, 'wx', OWNER_ONLY_FILE)
    try {
      await handle.writeFile(bytes)
    } finally {
      await handle.close()
    }
  }

  async addPayloadLine(line: string): Promise<void> {
    this.#gathered += line
    if (this.#gathered.length > CHUNK_CHARACTERS) await this.#writeGathered()
  }

  async #writeGathered(): Promise<void> {
    await this.#payloads.appendFile(this.#gathered)
    this.#gathered = ''
  }

  /** All files, then all folders, as one is found: they have been on their way to the disk meanwhile. */
  async finish(): Promise<void> {
    await this.#writeGathered()
    await this.#payloads.close()
    await syncAll(this.#folder)
  }

  /** What an export that failed has left is of no use, and would stand in the way of the next. */
  async discard(): Promise<void> {
    await this.#payloads.close().catch(() => undefined)
    for (const name of ['tile', PAYLOADS, CHECKPOINT, HEAD_NOTE]) {
      await rm(join(this.#folder, name), { recursive: true, force: true }).catch(() => undefined)
    }
  }
}

async function syncAll(folder: string): Promise<void> {
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await syncAll(path)
    else await sync(path)
  }
  // Windows cannot open a folder; its NTFS journals the entries without being asked.
  if (process.platform !== 'win32') await sync(folder)
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
