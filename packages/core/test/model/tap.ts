import { leafHash } from '@branchline/audit-sink'
import { PROTOCOL } from '../../src/index.ts'
import { Frame } from '../../src/wire/frame.ts'
import { decode } from '../../src/wire/varint.ts'
import type { Ledger } from './ledger.ts'
import type { Pipe } from './pipe.ts'

/** Reads along what leaves a machine: each message and each receipt must be on its record by then. */
export class Tap {
  readonly #ledger: Ledger
  readonly #complain: (what: string) => void
  readonly #begun = new WeakMap<Pipe, Buffer>()
  messages = 0

  constructor(ledger: Ledger, complain: (what: string) => void) {
    this.#ledger = ledger
    this.#complain = complain
  }

  onSend(pipe: Pipe, bytes: Uint8Array): void {
    if (pipe.protocol !== PROTOCOL) return
    let rest = Buffer.concat([this.#begun.get(pipe) ?? Buffer.alloc(0), bytes])
    for (;;) {
      const length = decode((at) => rest[at] as number, rest.length)
      if (typeof length === 'string' || rest.length < length[0] + length[1]) break
      this.#judge(pipe.from, Frame.decode(rest.subarray(length[1], length[0] + length[1])))
      rest = rest.subarray(length[0] + length[1])
    }
    this.#begun.set(pipe, rest)
  }

  #judge(from: string, { message, receipt }: Frame): void {
    if (message !== undefined) this.messages++
    const line = message?.record ?? receipt?.record
    if (line === undefined || this.#ledger.page(from).leaves.has(leafHash(line))) return
    this.#complain(`a ${message ? 'message' : 'receipt'} left ${from} before its record was durable`)
  }
}
