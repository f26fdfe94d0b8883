import { readFileSync } from 'node:fs'
import type { Detail } from '@branchline/audit-sink'
import { memberNamed, contentOf } from '../rosters.ts'
import type { About } from '../../src/content/content.ts'
import type { PullMove, PullState } from '../../src/content/pull.ts'
import type { Threaded } from '../../src/content/thread-order.ts'
import type { Member, RosterContent } from '../../src/roster/index.ts'

interface Case {
  readonly name: string
  readonly expect: string
}

interface PayloadCase {
  readonly label: string
  readonly text?: string
  readonly hex?: string
  readonly times?: number
}

type MemberCase = Pick<Member, 'peer' | 'rooms' | 'desks' | 'roles' | 'from' | 'until'>

interface ContentVectors {
  readonly contents: readonly (Case & {
    readonly payloads: readonly PayloadCase[]
    readonly about?: About
    readonly hasText?: boolean
  })[]
  readonly conversations: readonly (Case & { readonly conversation?: string; readonly read?: object })[]
  readonly places: readonly (Case & { readonly detail: Detail; readonly after?: string[]; readonly as?: string })[]
  readonly said: readonly (Case & {
    readonly members: readonly MemberCase[]
    readonly conversation?: string
    readonly author: string
    readonly self: string
    readonly peers: readonly string[]
    readonly about: About
    readonly detail?: Detail
  })[]
  readonly partners: readonly (Case & {
    readonly members: readonly MemberCase[]
    readonly conversation: string
    readonly self: string
    readonly also?: readonly string[]
    readonly now: number
    readonly peers?: readonly string[]
  })[]
  readonly orders: readonly { readonly name: string; readonly messages: Threaded[]; readonly order: string[] }[]
  readonly codes: readonly { readonly name: string; readonly expect: boolean }[]
}

interface PullCase {
  readonly name: string
  readonly asker: string
  readonly steps: readonly PullMove[]
  readonly told: Omit<PullState, 'by'> & { readonly by?: string }
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../../spec/vectors/${name}.json`, import.meta.url), 'utf8'))

export const CONTENT = read('content') as ContentVectors
export const PULLS = read('pull') as readonly PullCase[]

export function payloadsIn(payloads: readonly PayloadCase[]): { label: string; bytes: Buffer }[] {
  return payloads.map(({ label, text = '', hex, times = 1 }) => {
    return { label, bytes: hex === undefined ? Buffer.from(text.repeat(times)) : Buffer.from(hex, 'hex') }
  })
}

export function rosterIn(members: readonly MemberCase[]): RosterContent {
  return contentOf(members.map((member) => memberNamed(member.peer, member)))
}

/** "accept", or the code. */
export function verdictOf(act: () => unknown): string {
  try {
    act()
    return 'accept'
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === undefined) throw error
    return code
  }
}
