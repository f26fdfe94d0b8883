import { buildApplication, buildRouteMap, text_en } from '@stricli/core'
import { CodedError, reasonOf } from '@branchline/audit-sink'
import manifest from '../package.json' with { type: 'json' }
import { auditRoutes } from './commands/audit.ts'
import { chatCommand } from './commands/chat.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { historyCommand } from './commands/history.ts'
import { joinCommand } from './commands/join.ts'
import { libraryRoutes } from './commands/library.ts'
import { outboxCommand } from './commands/outbox.ts'
import { peersCommand } from './commands/peers.ts'
import { relayCommand } from './commands/relay.ts'
import { searchCommand } from './commands/search.ts'
import { sendCommand } from './commands/send.ts'
import { serveCommand } from './commands/serve.ts'
import { whoamiCommand } from './commands/whoami.ts'
import { exitCodeOf } from './exit-codes.ts'

const routes = buildRouteMap({
  routes: {
    chat: chatCommand,
    send: sendCommand,
    outbox: outboxCommand,
    history: historyCommand,
    search: searchCommand,
    peers: peersCommand,
    whoami: whoamiCommand,
    serve: serveCommand,
    doctor: doctorCommand,
    join: joinCommand,
    relay: relayCommand,
    audit: auditRoutes,
    library: libraryRoutes,
    demo: demoCommand,
  },
  docs: {
    brief: 'Talk between library branches, on the record',
    fullDescription: [
      'Every message is written to a tamper-evident log on this machine before it leaves, and on the other machine',
      'before it is shown. No server and no internet are needed.',
      '',
      'Begin with:   branchline demo                       see it work, in one minute',
      '              branchline join                       ask the director of your library to be on the roster',
      '              branchline chat                       talk with colleagues',
      '              branchline audit verify               prove that your log is whole',
      '              branchline doctor                     find out why something does not work, and what to do',
    ].join('\n'),
  },
})

/** One clear line: the code for programs and for the handbook, then words. */
function errorLine(error: unknown): string {
  return error instanceof CodedError ? `branchline: ${error.code}: ${error.message}` : `branchline: ${reasonOf(error)}`
}

export const app = buildApplication(routes, {
  name: 'branchline',
  versionInfo: { currentVersion: manifest.version },
  scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
  documentation: { caseStyle: 'convert-camel-to-kebab', useAliasInUsageLine: false, onlyRequiredInUsageLine: true },
  determineExitCode: exitCodeOf,
  localization: {
    text: { ...text_en, exceptionWhileRunningCommand: errorLine, commandErrorResult: errorLine },
  },
})
