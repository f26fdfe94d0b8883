import type { ReceivedMessage } from '@branchline/core'

/** What a message says, in one text; undefined for marks, which are nothing to read. Sanitise before it is shown. */
export function wordsOf({ about, text }: Pick<ReceivedMessage, 'about' | 'text'>): string | undefined {
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
    case 'group':
      return `(calls this group) ${about.name}`
    case 'desk':
      return `(at this desk: ${about.step})`
  }
}
