import type { Session } from '../profile/open.ts'
import { object, oneOf } from './check.ts'
import type { Past } from './past.ts'
import { colleaguesOf, readyOf, roomsOf, selfOf } from './people.ts'
import { Reading } from './reading.ts'
import { Speaking } from './speaking.ts'

/**
 * @param params - may be anything
 * @throws CliError PARAMS_INVALID; codes of the messenger and of the record; what the signal aborts with
 */
export type Method = (params: unknown, signal: AbortSignal) => Promise<object>

const none = object({})
const presence = object({ state: oneOf('here', 'busy', 'away') })

/** All but `cancel` and `shutdown`, which are about other requests (spec/stdio.md section 4). */
export function methodsOf(session: Session, past: Past, version: string): ReadonlyMap<string, Method> {
  const speaking = new Speaking(session, past)
  const reading = new Reading(session.roster, past)
  const plain = (answer: () => object): Method => {
    return async (params) => {
      none(params, 'params')
      return answer()
    }
  }
  return new Map<string, Method>([
    ['hello', plain(() => readyOf(session, version))],
    ['whoami', plain(() => selfOf(session))],
    ['colleagues', plain(() => colleaguesOf(session))],
    ['rooms', plain(() => roomsOf(session))],
    ['post', (params, signal) => speaking.post(params, signal)],
    ['passOn', (params, signal) => speaking.passOn(params, signal)],
    ['queued', (params) => speaking.queued(params)],
    ['discard', (params) => speaking.discard(params)],
    ['send', (params, signal) => speaking.send(params, signal)],
    ['mark', (params, signal) => speaking.mark(params, signal)],
    [
      'presence',
      async (params) => {
        session.messenger.presence(presence(params, 'params').state)
        return {}
      },
    ],
    ['offer', (params, signal) => speaking.offer(params, signal)],
    ['accept', (params, signal) => speaking.answerFile('accept', params, signal)],
    ['decline', (params, signal) => speaking.answerFile('decline', params, signal)],
    ['withdraw', (params, signal) => speaking.answerFile('withdraw', params, signal)],
    ['conversations', (params, signal) => reading.conversations(params, signal)],
    ['messages', (params, signal) => reading.messages(params, signal)],
    ['states', (params, signal) => reading.states(params, signal)],
    ['pulls', (params, signal) => reading.pulls(params, signal)],
  ])
}
