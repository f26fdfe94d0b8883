/* Lays a bed with a relay running on it, says so and waits: `node lay-and-wait.ts <folder>`. For bed.test.ts, which ends it. */
import { layBranches } from './bed.ts'
import { say } from './say.ts'
import { Relay } from './staff.ts'

const folder = process.argv[2] as string
const bed = await layBranches({ branches: { north: ['ann'] }, relays: { post: ['north'] }, folder })
const relay = await Relay.build('post', folder)
await relay.start(bed)
say({ event: 'ready', peer: relay.peer, addresses: [relay.addressIn(bed, 'north')] })
