import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { BOOT_ID_BYTES } from './limits.ts'

/** Both clocks of a record, in whole milliseconds; `boot` names one run of the monotonic one. */
export interface AuditClock {
  readonly boot: string
  monoMs(): number
  wallMs(): number
}

export function systemClock(): AuditClock {
  return {
    boot: randomBytes(BOOT_ID_BYTES).toString('hex'),
    monoMs: () => Math.floor(performance.now()),
    wallMs: () => Date.now(),
  }
}
