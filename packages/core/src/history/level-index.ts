import { ClassicLevel } from 'classic-level'
import type { IndexDb } from './db.ts'

/**
 * An index of the history in a folder of its own, for `createMessenger({ historyIndex })` and `openHistory({ index })`,
 * which open it and close it. It may be thrown away at any time when nobody has it open: it is made anew from the log.
 */
export function levelIndex(folder: string): IndexDb {
  return new ClassicLevel<string>(folder)
}
