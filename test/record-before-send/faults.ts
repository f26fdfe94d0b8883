/** What a store may do to one batch, other than to keep it. */
export const STORE_FAULTS = ['rejects', 'rejects, but keeps', 'is full', 'hangs', 'is late', 'alters'] as const
export type StoreFault = (typeof STORE_FAULTS)[number]

/** The sink's own fault: it gives a receipt over something else. */
export const FORGES = 'forges receipts'
export type Fault = StoreFault | typeof FORGES
export const FAULTS: readonly Fault[] = [...STORE_FAULTS, FORGES]
