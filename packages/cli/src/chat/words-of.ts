import type { FileAnswer, PullStep, ReceivedMessage } from '@branchline/core'

const STEPS: Readonly<Record<PullStep, string>> = {
  claim: 'I pull it',
  release: 'somebody else may pull it',
  pulled: 'it is pulled',
  'not-found': 'it was not found',
  send: 'it is sent',
  cancel: 'it is not needed any more',
  reopen: 'it is needed again',
}

const ANSWERS: Readonly<Record<FileAnswer, string>> = {
  accept: 'wants the file',
  decline: 'does not want the file',
  withdraw: 'offers the file no more',
  received: 'has the file, whole',
  wrong: 'got something else than the file, and kept nothing of it',
}

/**
 * What a message says, in one text; undefined for marks, which are nothing to read. Sanitise before it is shown.
 * @param of - the number under which the message is shown that it names
 */
export function wordsOf(
  { about, text, origin }: Pick<ReceivedMessage, 'about' | 'text'> & Partial<Pick<ReceivedMessage, 'origin'>>,
  of?: number,
): string | undefined {
  const named = of === undefined ? '' : ` [${of}]`
  switch (about.type) {
    case 'mark':
      return undefined
    case 'text':
      return text
    case 'reply':
      return `(an answer${of === undefined ? '' : ` to${named}`}) ${text}`
    case 'edit':
      return `(changed what it said${of === undefined ? '' : ` in${named}`}) ${text}`
    case 'retract':
      return `(took a message back${named && `:${named}`})`
    case 'urgent':
      return `URGENT: ${text}`
    case 'pull':
      return `(please pull) ${about.item}, for ${about.branch} ${text}`.trimEnd()
    case 'pull-step':
      return `(a request to pull${named}: ${STEPS[about.step]}) ${text}`.trimEnd()
    case 'file':
      return `(offers a file) ${about.name}, ${about.size} bytes ${text}`.trimEnd()
    case 'file-answer':
      return `(${ANSWERS[about.answer]}${named})`
    case 'pass-on':
      return passedOn(origin, text)
    case 'group':
      return `(calls this group) ${about.name}`
    case 'desk':
      return `(at this desk: ${about.step})`
  }
}

function passedOn(origin: ReceivedMessage['origin'], text: string): string {
  if (origin === undefined) return text
  const { from, name = from, text: words, about, isProven } = origin
  const said = about.type === 'pull' ? `please pull ${about.item}, for ${about.branch} ${words}`.trimEnd() : words
  const proof = isProven ? 'proven' : 'NOT PROVEN'
  return `(passes on what ${name} said, ${proof}) ${said}${text === '' ? '' : ` (and says) ${text}`}`
}
