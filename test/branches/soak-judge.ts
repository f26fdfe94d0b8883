/*
 * Reads logs and says what is found: `node soak-judge.ts <folder of a log> …`. A process of its own, since joining
 * logs holds something of each record in memory.
 */
import { verifyLogs } from '@branchline/audit-sink'
import { levelStore } from '@branchline/audit-sink/stores/level'

const stores = await Promise.all(process.argv.slice(2).map((folder) => levelStore(folder)))
const { verdict, logs, join } = await verifyLogs(
  stores.map((source, n) => ({ source, name: process.argv[n + 2] ?? '' })),
)
await Promise.all(stores.map((store) => store.close()))
const judgement = {
  verdict,
  findings: logs.flatMap(({ findings }) => findings),
  both: join.both,
  unconfirmed: join.unconfirmed.length,
  missingAtReceiver: join.provedMissingAtReceiver.length,
  missingAtSender: join.provedMissingAtSender.length,
  repeated: join.repeated.length,
  absentLogs: join.absentLogs.length,
}
console.log(
  JSON.stringify({ event: 'judged', at: Date.now(), rssMiB: process.memoryUsage.rss() / 1_048_576, judgement }),
)
