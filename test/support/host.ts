import { onTestFinished } from 'vitest'
import { ALONE, LAUNCHER } from './branchline.ts'
import { Program, type Said } from './program.ts'
import { assertFits } from './stdio-schema.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- the schema says what is in them, and is held against each
export type Members = Readonly<Record<string, any>>
export interface HostEvent extends Said {
  readonly event: string
  readonly data: Members
}
export interface HostAnswer extends Said {
  readonly event?: never
  readonly id: string | number | null
  readonly result?: Members
  readonly error?: { readonly code: string; readonly message: string }
}
export type HostLine = HostEvent | HostAnswer

/** A program that talks with `branchline serve --stdio`; every line, both ways, must fit the schema. */
export class Host {
  readonly program: Program<HostLine>
  readonly profile: string
  #next = 1

  constructor(profile: string, flags: readonly string[]) {
    this.profile = profile
    const args = ['serve', '--stdio', '--profile', profile, ...ALONE, ...flags]
    this.program = new Program(process.execPath, [LAUNCHER, ...args], `${profile}-serve`)
  }

  get lines(): readonly HostLine[] {
    return this.program.said
  }

  write(line: string | Uint8Array): void {
    this.program.write(line)
  }

  /** @returns the id */
  request(method: string, params?: object, id: string | number = this.#next++): string | number {
    const request = { id, method, ...(params && { params }) }
    assertFits(request, 'request')
    this.write(JSON.stringify(request))
    return id
  }

  async answer(id: string | number | null): Promise<HostAnswer> {
    const isIt = (line: HostLine): line is HostAnswer => line.event === undefined && line.id === id
    return this.program.first(`the answer to ${id}`, isIt)
  }

  /** Asks, and has the result. @throws when it is an error */
  async ask(method: string, params?: object): Promise<Members> {
    const { result, error } = await this.answer(this.request(method, params))
    if (result === undefined) throw new Error(`${method}: ${error?.code}: ${error?.message}`)
    assertFits(result, `results/properties/${method}`)
    return result
  }

  /** Asks, and has the code of the error. */
  async refused(method: string, params?: object): Promise<string | undefined> {
    return (await this.answer(this.request(method, params))).error?.code
  }

  /** What all events of one kind told. */
  all(event: string): Members[] {
    return this.lines.flatMap((line) => (line.event === event ? [line.data] : []))
  }

  async until(event: string, fits: (data: Members) => boolean = () => true): Promise<Members> {
    const isIt = (line: HostLine): line is HostEvent => line.event === event && fits(line.data)
    return (await this.program.first(`"${event}"`, isIt)).data
  }

  /** Ends its input; it must end well, and all that it ever said must fit the schema. */
  async end(): Promise<void> {
    this.program.endInput()
    await this.program.end()
    this.assertAllFits()
  }

  assertAllFits(): void {
    for (const line of this.lines) assertFits(line, 'line')
  }
}

export interface HostStarted {
  readonly host: Host
  readonly peerId: string
  readonly address: string
}

/** Ready to be asked; on loopback, and found by address alone. */
export async function startHost(profile: string, peers: readonly string[] = []): Promise<HostStarted> {
  const host = new Host(
    profile,
    peers.flatMap((peer) => ['--peer', peer]),
  )
  onTestFinished(() => host.program.kill())
  const { peerId, addresses } = await host.until('ready')
  return { host, peerId: peerId as string, address: (addresses as readonly string[])[0] as string }
}
