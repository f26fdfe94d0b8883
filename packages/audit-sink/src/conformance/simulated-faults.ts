import { AuditError } from '../errors.ts'
import type { AuditStore, StoreBatch } from '../store.ts'
import type { AppendFault, ConformanceHarness } from './harness.ts'

type Faults = Required<NonNullable<ConformanceHarness['faults']>>

/**
 * Faults for a driver that has no way to cause them: they happen between the log and the driver. Whoever can cause one
 * for real puts that hook in the place of the simulated one.
 */
export function simulatedFaults(open: ConformanceHarness['open']): Pick<ConformanceHarness, 'open'> & {
  readonly faults: Faults
} {
  const fail = (fault: AppendFault) => async (store: AuditStore) => {
    if (!(store instanceof FailingStore)) throw new TypeError('simulated faults need stores that were opened with them')
    return store.failNext(fault)
  }
  return {
    open: async (place) => new FailingStore(await open(place)),
    faults: {
      rejected: fail('rejected'),
      'rejected-but-kept': fail('rejected-but-kept'),
      'io-error': fail('io-error'),
      'no-space': fail('no-space'),
      hang: fail('hang'),
    },
  }
}

class FailingStore implements AuditStore {
  readonly #inner: AuditStore
  readonly head: AuditStore['head']
  readonly read: AuditStore['read']
  readonly lookup: AuditStore['lookup']
  readonly witnessed: AuditStore['witnessed']
  readonly continuations: AuditStore['continuations']
  readonly tile: AuditStore['tile']
  readonly erase: AuditStore['erase']
  readonly headNote: AuditStore['headNote']
  readonly writeHeadNote: AuditStore['writeHeadNote']
  readonly close: AuditStore['close']
  #fault: AppendFault | undefined
  #release = (): void => undefined

  constructor(inner: AuditStore) {
    this.#inner = inner
    this.head = () => inner.head()
    this.read = (range) => inner.read(range)
    this.lookup = (message) => inner.lookup(message)
    this.witnessed = (origin) => inner.witnessed(origin)
    this.continuations = () => inner.continuations()
    this.tile = (level, index) => inner.tile(level, index)
    this.erase = (seq, label) => inner.erase(seq, label)
    this.headNote = () => inner.headNote()
    this.writeHeadNote = (note) => inner.writeHeadNote(note)
    this.close = () => inner.close()
  }

  failNext(fault: AppendFault): () => Promise<void> {
    this.#fault = fault
    return async () => {
      this.#fault = undefined
      this.#release()
    }
  }

  async append(batch: StoreBatch): Promise<void> {
    const fault = this.#fault
    this.#fault = undefined
    switch (fault) {
      case undefined:
        return this.#inner.append(batch)
      case 'rejected':
        throw new Error('the batch was refused')
      case 'rejected-but-kept':
        await this.#inner.append(batch)
        throw new Error('the connection ended before the answer came')
      case 'io-error':
        throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
      case 'no-space':
        throw new AuditError('AUDIT_STORE_FULL', 'there is no room for the log')
      case 'hang':
        await new Promise<void>((resolve) => {
          this.#release = resolve
        })
        throw new Error('the store had hung')
    }
  }
}
