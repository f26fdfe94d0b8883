import { CliError } from '../cli-error.ts'
import { isObject } from './check.ts'
import { MAX_ID_CHARACTERS, MAX_LINE_BYTES } from './limits.ts'
import type { Line } from './lines.ts'

/** Chosen by the host. */
export type RequestId = string | number

export interface Request {
  readonly id: RequestId
  readonly method: string
  readonly params: unknown
}

/** What is no request; `id` where one could be read. */
export interface NoRequest {
  readonly id: RequestId | null
  readonly error: CliError
}

const MEMBERS = new Set(['id', 'method', 'params'])
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads a line (spec/stdio.md section 1). Codes are LINE_TOO_LONG, LINE_MALFORMED. */
export function parseRequest(line: Line): Request | NoRequest {
  if (line === undefined) return refused('LINE_TOO_LONG', `the line has more than ${MAX_LINE_BYTES} bytes`)
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(line))
  } catch {
    return refused('LINE_MALFORMED', 'the line is not JSON in UTF-8')
  }
  if (!isObject(value)) return refused('LINE_MALFORMED', 'the line is no object')
  const { id, method, params = {} } = value
  if (!isId(id)) return refused('LINE_MALFORMED', 'it has no id: 1 to 64 characters, or a whole number from 0')
  if (typeof method !== 'string') return refused('LINE_MALFORMED', 'it has no method', id)
  if (!isObject(params)) return refused('LINE_MALFORMED', 'its params are no object', id)
  if (!Object.keys(value).every((name) => MEMBERS.has(name))) {
    return refused('LINE_MALFORMED', 'it has a member beside id, method and params', id)
  }
  return { id, method, params }
}

export function isId(value: unknown): value is RequestId {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0
  return typeof value === 'string' && value.length >= 1 && value.length <= MAX_ID_CHARACTERS && value.isWellFormed()
}

function refused(code: 'LINE_MALFORMED' | 'LINE_TOO_LONG', message: string, id: RequestId | null = null): NoRequest {
  return { id, error: new CliError(code, message) }
}
