import { CodedError } from '@branchline/audit-sink'

/** Codes of the command line alone; docs/errors.md says of each what to do. */
export const CLI_ERROR_CODES = [
  'CANCELLED',
  'FILE_NOT_COPIED',
  'HEAD_NOTE_MISSING',
  'ID_IN_USE',
  'LINE_MALFORMED',
  'LINE_TOO_LONG',
  'LOG_MISSING',
  'METHOD_UNKNOWN',
  'OUTPUT_UNREAD',
  'PARAMS_INVALID',
  'PEER_AMBIGUOUS',
  'PEER_UNKNOWN',
  'PROFILE_INVALID',
  'PROFILE_IN_USE',
  'REQUESTS_TOO_MANY',
  'USAGE',
] as const

export class CliError extends CodedError<(typeof CLI_ERROR_CODES)[number]> {
  override readonly name = 'CliError'
}
