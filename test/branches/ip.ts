import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Runs `ip`, one command. @throws with the command and what it said when it fails */
export async function ip(...args: string[]): Promise<string> {
  return (await run('ip', args)).stdout
}

/** The same without a turn of the event loop, for a process that is about to end; failures are passed over. */
export function ipNow(...args: string[]): void {
  spawnSync('ip', args, { stdio: 'ignore' })
}

/** Runs any other command in a namespace. */
export async function inNamespace(namespace: string, ...command: string[]): Promise<string> {
  return ip('netns', 'exec', namespace, ...command)
}

export async function namespaces(): Promise<string[]> {
  const lines = (await ip('netns', 'list')).split('\n')
  return lines.map((line) => line.split(' ')[0] as string).filter((name) => name !== '')
}
