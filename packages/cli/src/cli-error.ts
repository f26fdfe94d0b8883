import { CodedError } from '@branchline/audit-sink'

/** Codes of the command line alone; docs/errors.md says of each what to do. */
export const CLI_ERROR_CODES = [
  'FILE_NOT_COPIED',
  'HEAD_NOTE_MISSING',
  'LOG_MISSING',
  'PEER_AMBIGUOUS',
  'PEER_UNKNOWN',
  'PROFILE_INVALID',
  'PROFILE_IN_USE',
  'USAGE',
] as const

export class CliError extends CodedError<(typeof CLI_ERROR_CODES)[number]> {
  override readonly name = 'CliError'
}
