import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes longest, and so must not begin last: a fresh clone knows of no durations. */
const LONGEST = [
  'branches/links-heal',
  'branches/weather',
  'branches/relay-away',
  'branches/loss',
  'branches/files-interrupted',
  'branches/doctor-links',
  'append-kill/append-kill',
  'cli/outbox',
  'foreign-judge-of-several',
  'terminal/chat',
  'cli/work',
  'cli/doctor',
  'foreign-judge',
  'cli/serve-hostile',
  'branches/doctor-relays',
  'branches/reach',
  'record-before-send/failing-receiver',
  'record-before-send/kill-receiver',
  'record-before-send/kill-sender',
].map((name) => `/test/${name}.test.ts`)

/** Those first, then the others as ever. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the method of a sequencer, not that of an array
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((path) => moduleId.endsWith(path))
  return place === -1 ? LONGEST.length : place
}
