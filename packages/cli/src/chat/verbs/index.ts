import type { Verbs } from '../verb.ts'
import { deskVerbs } from './desks.ts'
import { fileVerbs } from './files.ts'
import { messageVerbs } from './messages.ts'
import { pullVerbs } from './pulls.ts'
import { talkingVerbs } from './talking.ts'

/** All that a line can ask for by `/verb`. */
export const VERBS: Verbs = { ...talkingVerbs, ...messageVerbs, ...pullVerbs, ...deskVerbs, ...fileVerbs }
