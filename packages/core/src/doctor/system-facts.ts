import { readdir, readFile } from 'node:fs/promises'
import type { InterfaceFacts } from './facts.ts'

/** Of <linux/if.h>. */
const UP = 0x1
const LOOPBACK = 0x8
const POINT_TO_POINT = 0x10
const MULTICAST = 0x1000
/** A neighbour whose hardware address is known (<linux/if_arp.h>). */
const ATF_COM = 0x02
const NAME = /^[^/\s]{1,15}$/

type Read = (file: string) => Promise<string>

/** What Linux tells of an interface; nothing on other systems. */
export async function interfaceFacts(
  name: string,
  read: Read = (file) => readFile(file, 'utf8'),
): Promise<InterfaceFacts> {
  if (!NAME.test(name)) return {}
  const look = (file: string): Promise<string | undefined> => read(file).catch(() => undefined)
  const [flags, arp] = await Promise.all([look(`/sys/class/net/${name}/flags`), look('/proc/net/arp')])
  const bits = Number(flags)
  return {
    ...(Number.isInteger(bits) && {
      canMulticast: (bits & MULTICAST) !== 0,
      isPointToPoint: (bits & POINT_TO_POINT) !== 0,
    }),
    ...(arp !== undefined && { neighbours: neighboursOn(name, arp) }),
  }
}

function neighboursOn(name: string, arp: string): number {
  const rows = arp
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
  return rows.filter((row) => row[5] === name && (Number(row[2]) & ATF_COM) !== 0).length
}

/**
 * Interfaces that are up with nothing at their other end; Node does not tell of them.
 * @returns names; none on other systems than Linux
 */
export async function unpluggedInterfaces(
  read: Read = (file) => readFile(file, 'utf8'),
  list: () => Promise<string[]> = () => readdir('/sys/class/net'),
): Promise<string[]> {
  const names = await list().catch((): string[] => [])
  const unplugged: string[] = []
  for (const name of names.filter((each) => NAME.test(each))) {
    const [flags, carrier] = await Promise.all(
      ['flags', 'carrier'].map((file) => read(`/sys/class/net/${name}/${file}`).catch(() => '')),
    )
    const bits = Number(flags)
    if ((bits & UP) !== 0 && (bits & LOOPBACK) === 0 && carrier?.trim() === '0') unplugged.push(name)
  }
  return unplugged
}
