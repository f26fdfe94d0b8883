import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  canonical,
  field,
  type Field,
  frame,
  type HandFrame,
  type HandRecord,
  HELLO,
  integerField,
  leafOf,
  readFields,
  valueOf,
} from './by-hand.ts'
import { HandTree } from './hand-tree.ts'

/** Audit log, section 6. */
function vkeyOf(origin: string, key: KeyObject): string {
  const raw = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
  const typed = Buffer.concat([Uint8Array.of(1), raw])
  const id = createHash('sha256').update(`${origin}\n`).update(typed).digest('hex').slice(0, 8)
  return `${origin}+${id}+${typed.toString('base64')}`
}

function checkpointText(origin: string, size: number, root: Buffer): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/** A log of which chain and tree are kept. */
export class HandLog {
  readonly #owner: string
  readonly #boot = randomBytes(16).toString('hex')
  readonly #key: KeyObject
  readonly #tree = new HandTree()
  readonly #genesis: Buffer
  /** Verifier key of the log. */
  readonly vkey: string
  #leaf: string
  readonly #shown = new Map<string, Buffer>()

  constructor(owner: string) {
    this.#owner = owner
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    this.#key = privateKey
    this.vkey = vkeyOf(this.#origin, publicKey)
    this.#leaf = createHash('sha256').update(`branchline/v1/genesis\0${this.#origin}`).digest('hex')
    this.#genesis = this.write({
      kind: 'genesis',
      detail: { origin: this.#origin, key: this.vkey },
    })
  }

  get #origin(): string {
    return `branchline/${this.#owner}`
  }

  write(members: Omit<HandRecord, 'actor' | 'seq'>): Buffer {
    const { size } = this.#tree
    const place = { seq: size, prev: this.#leaf, boot: this.#boot, mono: size, time: Date.now(), v: 1 }
    const line = Buffer.from(JSON.stringify(canonical({ actor: this.#owner, ...members, ...place })))
    this.#leaf = leafOf(line)
    this.#tree.add(this.#leaf)
    return line
  }

  /** Wire, section 3: of someone who holds nothing of the other's log. */
  hello(): Buffer {
    return frame(HELLO, field(1, this.#genesis))
  }

  /** Goes on, on one stream, from what the other end said to hold (wire, section 3). */
  prover(hello: HandFrame): HandProver {
    let proven = sizeIn(readFields(valueOf(hello, 2)))
    return (line) => {
      const { seq } = JSON.parse(line.toString()) as HandRecord
      const { size } = this.#tree
      const root = this.#tree.root()
      const signature = sign(null, Buffer.from(checkpointText(this.#origin, size, root)), this.#key)
      const checkpoint = Buffer.concat([integerField(1, size), field(2, root), field(3, signature)])
      const consistency = Buffer.concat(this.#tree.consistency(proven))
      proven = size
      const inclusion = Buffer.concat(this.#tree.inclusion(seq))
      return Buffer.concat([field(1, checkpoint), field(2, inclusion), field(3, consistency)])
    }
  }

  /** Audit log, section 7: of the checkpoint in the proof that came with a message of this peer, or in the last that had one. */
  cosign(peer: string, proof: Buffer): Buffer {
    const shown = valueIn(readFields(proof), 1)
    if (shown.length > 0) this.#shown.set(peer, shown)
    const checkpoint = readFields(this.#shown.get(peer) ?? shown)
    const size = sizeIn(checkpoint)
    const time = Math.floor(Date.now() / 1_000)
    const text = checkpointText(`branchline/${peer}`, size, valueIn(checkpoint, 2))
    const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), this.#key)
    return Buffer.concat([integerField(1, time), field(2, signature)])
  }
}

/** The fields of the `Proof` of a record of the log, by its line; goes on from the proof before. */
export type HandProver = (line: Buffer) => Buffer

function sizeIn(checkpoint: readonly Field[]): number {
  return checkpoint.find(({ number }) => number === 1)?.integer ?? 0
}

function valueIn(fields: readonly Field[], wanted: number): Buffer {
  return fields.find(({ number }) => number === wanted)?.value ?? Buffer.alloc(0)
}
