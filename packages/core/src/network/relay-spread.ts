import type { ComponentLogger, Startable } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import type { RosterGate } from '../roster/gate.ts'
import type { RosterKeeper } from '../roster/keeper.ts'
import { RosterSpread } from '../spread/roster-spread.ts'

export interface RelaySpreadComponents {
  readonly registrar: Registrar
  readonly connectionManager: ConnectionManager
  readonly logger: ComponentLogger
}

/** A relay takes newer rosters and passes them on, too; it keeps no log, so nothing of that is on record there. */
export function relaySpread(roster: RosterKeeper, gate: RosterGate): (components: RelaySpreadComponents) => Startable {
  return ({ registrar, connectionManager, logger }) => {
    const log = logger.forComponent('branchline:relay')
    const spread = new RosterSpread({
      roster,
      registrar,
      connectionManager,
      log,
      record: async () => undefined,
      onRefused: (from, error) => log('%s was turned away - %e', from, error),
      onFailed: (error) => log.error('a roster could not be kept - %e', error),
      isAdmitted: (peer) => gate.admits(peer),
      isAlone: true,
    })
    return { start: async () => spread.start(), stop: async () => spread.stop() }
  }
}
