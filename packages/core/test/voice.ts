import { type AuditSink, leafHash, parseRecord } from '@branchline/audit-sink'
import { type Checkpoint, Frame, type Hello, type Message, type Proof, type Receipt } from '../src/wire/frame.ts'
import { toWireProof } from '../src/wire/proof.ts'
import { decode } from '../src/wire/varint.ts'
import type { FakeStream } from './fake-stream.ts'
import { type Device, entriesOf, framed, framesIn, own, until } from './support.ts'

/** Tag of `hello` in a frame: field 4, with a length. */
const HELLO_TAG = 0x22

/** What somebody who speaks by hand says of two logs on one stream: their own, and the peer's that they witness. */
export class Voice {
  readonly #self: Pick<Device, 'peer' | 'audit'>
  readonly #heard: () => Uint8Array
  /** As much of our log as was proven on this stream. */
  #proven: number | undefined

  /** @param heard - all bytes that have come on the stream */
  constructor(self: Pick<Device, 'peer' | 'audit'>, heard: () => Uint8Array) {
    this.#self = self
    this.#heard = heard
  }

  async hello(): Promise<Frame> {
    return { hello: { genesis: await genesisOf(this.#self.audit), continuations: [] } }
  }

  async greet(stream: FakeStream): Promise<void> {
    stream.feed(framed(await this.hello()))
  }

  /** The frame with the proof of its record, and with our cosignature of what it answers, unless it has them. */
  async complete(frame: Frame): Promise<Frame> {
    const { message, receipt } = frame
    if (message !== undefined) return { message: { ...(await this.#proofOf(message.record)), ...message } }
    if (receipt === undefined) return frame
    const proof = await this.#proofOf(receipt.record)
    return { receipt: { ...proof, ...(await this.#cosignatureFor(receipt)), ...receipt } }
  }

  /** None for what is no record, or not in our log. */
  async #proofOf(line: Uint8Array): Promise<{ proof?: Proof }> {
    const seq = seqOf(line)
    const checkpoint = await this.#self.audit.checkpoint()
    if (seq === undefined || seq >= checkpoint.size) return {}
    const from = (this.#proven ??= await this.#heldOfOurs())
    const proof = await this.#self.audit.prove({ size: checkpoint.size, seq, from })
    this.#proven = checkpoint.size
    return { proof: toWireProof({ checkpoint, ...proof }) }
  }

  async #heldOfOurs(): Promise<number> {
    await until(() => helloIn(this.#heard()) !== undefined, 'a hello')
    return helloIn(this.#heard())?.held?.size ?? 0
  }

  async #cosignatureFor({ record }: Receipt): Promise<Pick<Receipt, 'cosignature'>> {
    let checkpoint: Checkpoint | undefined
    let answered: Message | undefined
    for (const { message } of framesIn(this.#heard())) {
      checkpoint = message?.proof?.checkpoint ?? checkpoint
      if (message !== undefined && answers(record, message)) answered = message
      if (answered !== undefined) break
    }
    if (answered === undefined || checkpoint === undefined) return {}
    const origin = `branchline/${parseRecord(answered.record).actor}`
    const { time, signature } = await this.#self.audit.cosign({
      origin,
      size: checkpoint.size,
      root: Buffer.from(checkpoint.root).toString('hex'),
    })
    return { cosignature: { time, signature: own(signature) } }
  }
}

export async function genesisOf(audit: Pick<AuditSink, 'read'>): Promise<Uint8Array<ArrayBuffer>> {
  const [genesis] = await entriesOf(audit)
  return own(genesis?.line ?? [])
}

export function helloIn(bytes: Uint8Array): Hello | undefined {
  return framesIn(bytes)[0]?.hello
}

/** What came beside the hello, which is the first frame or none. */
export function afterHello(bytes: Uint8Array): Uint8Array {
  const length = decode((n) => bytes[n] as number, bytes.length)
  if (typeof length === 'string' || bytes[length[1]] !== HELLO_TAG) return bytes
  return bytes.subarray(length[0] + length[1])
}

function seqOf(line: Uint8Array): number | undefined {
  try {
    return parseRecord(line).seq
  } catch {
    return undefined
  }
}

function answers(receipt: Uint8Array, { record }: Message): boolean {
  try {
    return parseRecord(receipt).message === leafHash(record)
  } catch {
    return false
  }
}
