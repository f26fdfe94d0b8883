import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Link {
  readonly bytesPerSecond: number
  /** One way. */
  readonly delayMs: number
}

/** Carries what comes from one socket to the other as a slow line does whose modem buffers without end. */
function carry(from: Socket, to: Socket, { bytesPerSecond, delayMs }: Link): void {
  let freeAt = 0
  // Timers of different lengths do not go off in their order, and bytes must.
  const underWay: Buffer[] = []
  const arrive = (): void => {
    const bytes = underWay.shift()
    if (bytes !== undefined && to.writable) to.write(bytes)
  }
  from.on('data', (bytes: Buffer) => {
    const now = performance.now()
    freeAt = Math.max(freeAt, now) + (bytes.length / bytesPerSecond) * 1_000
    underWay.push(bytes)
    setTimeout(arrive, freeAt + delayMs - now)
  })
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
}

/** The address of somebody at the other end of such a line. */
export async function over(link: Link, address: string): Promise<string> {
  const [, host, port, rest] = /^\/ip4\/([^/]+)\/tcp\/(\d+)(.*)$/.exec(address) as unknown as string[]
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: host as string, port: Number(port), noDelay: true })
    carry(near, far, link)
    carry(far, near, link)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const here = server.address() as { port: number }
  return `/ip4/127.0.0.1/tcp/${here.port}${rest}`
}
