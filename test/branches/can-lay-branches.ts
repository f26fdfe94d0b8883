import { access, constants } from 'node:fs/promises'
import { reasonOf } from '@branchline/audit-sink'
import { inNamespace, ip } from './ip.ts'
import { newRunId } from './run-id.ts'

/** Whether namespaces, bridges and cables can be made here; says why not, so that no test is skipped in silence. */
export async function canLayBranches(): Promise<boolean> {
  return can('lay branches', await whyNotBranches())
}

/** The same for cables that are slow and lose packets. */
export async function canSlowCables(): Promise<boolean> {
  return can('slow cables', (await whyNotBranches()) ?? (await whyNotSlowCables()))
}

function can(what: string, whyNot: string | undefined): boolean {
  if (whyNot !== undefined) console.warn(`Tests that ${what} are skipped: ${whyNot}.`)
  return whyNot === undefined
}

async function whyNotBranches(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux alone'
  if (process.getuid?.() !== 0) return 'network namespaces take root'
  try {
    await ip('-Version')
  } catch {
    return 'there is no `ip`; install iproute2'
  }
  const namespace = newRunId()
  try {
    await ip('netns', 'add', namespace)
    await ip('-n', namespace, 'link', 'add', 'br0', 'type', 'bridge')
    await ip('-n', namespace, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'p0')
    await inNamespace(namespace, 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward')
    return undefined
  } catch (error) {
    return `the system does not permit it: ${reasonOf(error)}`
  } finally {
    await ip('netns', 'del', namespace).catch(() => undefined)
  }
}

async function whyNotSlowCables(): Promise<string | undefined> {
  const namespace = newRunId()
  try {
    await access('/dev/net/tun', constants.W_OK)
    await ip('netns', 'add', namespace)
    await inNamespace(namespace, 'python3', '-c', 'import fcntl, select')
    return undefined
  } catch (error) {
    return `they take python3 and /dev/net/tun: ${reasonOf(error)}`
  } finally {
    await ip('netns', 'del', namespace).catch(() => undefined)
  }
}
