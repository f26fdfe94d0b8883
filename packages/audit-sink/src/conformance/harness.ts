import type { AuditStore } from '../store.ts'

/**
 * How an append goes wrong:
 * - `rejected`: it rejects, and the batch is not there
 * - `rejected-but-kept`: it rejects, and the batch is there when the place is opened again
 * - `io-error`: it rejects as when the disk or the connection fails; the batch may be there
 * - `no-space`: it rejects with AUDIT_STORE_FULL
 * - `hang`: it does not settle before it is mended
 */
export type AppendFault = 'rejected' | 'rejected-but-kept' | 'io-error' | 'no-space' | 'hang'

/** Ends a fault, so that the place can be closed and opened again. */
export type Mend = () => Promise<void>

/** What the kit needs of whoever tests a driver. Every hook but `open` may be left out; its cases are then skipped. */
export interface ConformanceHarness {
  /**
   * Opens the store that is kept at this place, or begins one. Each case has places of its own; when to remove them is
   * the harness's affair.
   * @param place - 1-32 characters of `0-9a-z_`, the first a letter
   * @throws AuditError AUDIT_STORE_LOCKED while a store is open at this place
   */
  open(place: string): Promise<AuditStore>
  /** Ends an open store as the death of its process would, without `close`; the place can then be opened again. */
  crash?(store: AuditStore, place: string): Promise<void>
  /**
   * Copies the log of a place that is closed, but not its head note.
   * @returns puts the copy back in the place of the log, which is closed again: what restoring a backup does
   */
  keepCopy?(place: string): Promise<() => Promise<void>>
  /** Makes the next `append` of an open store go wrong. */
  readonly faults?: Readonly<Partial<Record<AppendFault, (store: AuditStore, place: string) => Promise<Mend>>>>
}

export type Hook = 'crash' | 'keepCopy' | `fault: ${AppendFault}`

export interface ConformanceCase {
  /** The promise that the case holds the driver to. */
  readonly name: string
  /** Hooks without which it cannot be run. */
  readonly needs?: readonly Hook[]
  /** Why it is skipped with this harness; undefined when it is run. */
  readonly skipped?: string | undefined
  /**
   * Of a case that is skipped: says so on the console, and resolves.
   * @throws AssertionError when the promise is not kept, or what the driver threw where it should not
   */
  readonly run: () => Promise<void>
}

/** @returns undefined when the harness has them all */
export function missingHooks(harness: ConformanceHarness, needs: readonly Hook[]): string | undefined {
  const missing = needs.filter((hook) => !has(harness, hook))
  return missing.length === 0
    ? undefined
    : `the harness does not offer ${missing.map((hook) => `"${hook}"`).join(', ')}`
}

function has(harness: ConformanceHarness, hook: Hook): boolean {
  if (hook === 'crash' || hook === 'keepCopy') return harness[hook] !== undefined
  return harness.faults?.[hook.slice('fault: '.length) as AppendFault] !== undefined
}
