import type { ReceivedMessage } from '@branchline/core'

/** What a message says, in one text; undefined for marks, which are nothing to read. Sanitise before it is shown. */
export function wordsOf({
  about,
  text,
  origin,
}: Pick<ReceivedMessage, 'about' | 'text' | 'origin'>): string | undefined {
  switch (about.type) {
    case 'mark':
      return undefined
    case 'text':
      return text
    case 'reply':
      return `(an answer) ${text}`
    case 'edit':
      return `(changed what it said) ${text}`
    case 'retract':
      return '(took a message back)'
    case 'urgent':
      return `URGENT: ${text}`
    case 'pull':
      return `(please pull) ${about.item}, for ${about.branch} ${text}`.trimEnd()
    case 'pull-step':
      return `(a request to pull: ${about.step}) ${text}`.trimEnd()
    case 'file':
      return `(offers a file) ${about.name}, ${about.size} bytes ${text}`.trimEnd()
    case 'file-answer':
      return `(a file: ${about.answer})`
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
