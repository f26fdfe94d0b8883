import { buildCommand, buildRouteMap } from '@stricli/core'
import type { Context } from '../io.ts'
import { recoverCommand, rotateKeyCommand } from './audit-continuation.ts'
import { directorFlag, type JsonFlag, jsonFlag, type ProfileFlag, profileFlag, wholeNumber as number } from './flags.ts'

const place = {
  kind: 'tuple',
  parameters: [{ brief: 'Folder of a profile or of a log', parse: String, placeholder: 'folder', optional: true }],
} as const

const places = {
  kind: 'array',
  parameter: {
    brief: 'Folders of profiles, logs or exports, or one that holds such',
    parse: String,
    placeholder: 'folder',
  },
} as const

const text = (input: string): string => input

const witnessFlag = {
  witness: {
    kind: 'parsed',
    parse: text,
    optional: true,
    variadic: true,
    brief: 'Verifier key of a colleague, whose cosignatures then count',
    placeholder: 'key',
  },
} as const

export interface WitnessFlags extends ProfileFlag, JsonFlag {
  readonly witness?: readonly string[]
  readonly director?: readonly string[]
}

export interface VerifyFlags extends WitnessFlags {
  readonly checkpoint?: readonly string[]
  readonly expect?: readonly string[]
}

const verifyCommand = buildCommand<VerifyFlags, string[], Context>({
  loader: async () => (await import('./audit-verify.ts')).verify,
  parameters: {
    flags: {
      ...profileFlag,
      checkpoint: {
        kind: 'parsed',
        parse: text,
        optional: true,
        variadic: true,
        brief: 'A signed checkpoint that was kept elsewhere',
        placeholder: 'file',
      },
      ...witnessFlag,
      ...directorFlag,
      expect: {
        kind: 'parsed',
        parse: text,
        optional: true,
        variadic: true,
        brief: 'Origin of which there must be a log',
        placeholder: 'origin',
      },
      ...jsonFlag,
    },
    positional: places,
  },
  docs: {
    brief: 'Check that logs are whole: every hash, every text, every signed checkpoint',
    fullDescription: [
      'Reads only. Works while a chat runs on the profile. Says INTACT, or what is wrong and from which record on,',
      'and what could not be proven. Several logs are also held against each other.',
      'Exit code: 0 INTACT, 10 INCOMPLETE, 11 DAMAGED, 12 TAMPERED, 13 ROLLED BACK, 14 REWRITTEN, 15 FORKED.',
    ].join('\n'),
  },
})

const checkpointCommand = buildCommand<ProfileFlag, [string?], Context>({
  loader: async () => (await import('./audit-checkpoint.ts')).checkpoint,
  parameters: { flags: { ...profileFlag }, positional: place },
  docs: {
    brief: 'Print what the log last signed: its size and its root',
    fullDescription: 'Keep it where the owner of the log cannot reach it; "audit verify --checkpoint" takes it back.',
  },
})

export interface ProofFlags extends ProfileFlag {
  readonly out?: string
  readonly author: boolean
}

const proofCommand = buildCommand<ProofFlags, [number, string?], Context>({
  loader: async () => (await import('./audit-proof.ts')).proof,
  parameters: {
    flags: {
      ...profileFlag,
      out: { kind: 'parsed', parse: text, optional: true, brief: 'New file to write to', placeholder: 'file' },
      author: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Of a message that was received: prove that its author has it in their own log',
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Number of the record', parse: number, placeholder: 'record' }, ...place.parameters],
    },
  },
  docs: {
    brief: 'Prove one record to somebody who has not the log',
    fullDescription:
      'Writes a C2SP .tlog-proof: the record, its path in the tree, and the signed checkpoint. No texts.',
  },
})

const witnessCommand = buildCommand<WitnessFlags, string[], Context>({
  loader: async () => (await import('./audit-witness.ts')).witness,
  parameters: { flags: { ...profileFlag, ...witnessFlag, ...directorFlag, ...jsonFlag }, positional: places },
  docs: {
    brief: 'Say who has seen how much of a log',
    fullDescription:
      'Of the first folder’s log. Further folders are those of colleagues: what their logs hold of it is proof.',
  },
})

export interface ShowFlags extends ProfileFlag, JsonFlag {
  readonly from?: number
  readonly last?: number
}

const showCommand = buildCommand<ShowFlags, [string?], Context>({
  loader: async () => (await import('./audit-show.ts')).show,
  parameters: {
    flags: {
      ...profileFlag,
      from: { kind: 'parsed', parse: number, optional: true, brief: 'First record to show', placeholder: 'n' },
      last: { kind: 'parsed', parse: number, optional: true, brief: 'Show the last n records', placeholder: 'n' },
      ...jsonFlag,
    },
    positional: place,
  },
  docs: {
    brief: 'Print records in plain words, or as they are (--json)',
    fullDescription: 'Reads only. With --json each line holds the record, its hash, and the texts that open with it.',
  },
})

export interface JoinFlags extends JsonFlag {
  readonly director?: readonly string[]
}

const joinCommand = buildCommand<JoinFlags, string[], Context>({
  loader: async () => (await import('./audit-join.ts')).join,
  parameters: {
    flags: { ...directorFlag, ...jsonFlag },
    positional: {
      kind: 'array',
      minimum: 2,
      parameter: { brief: 'Folders of profiles or of logs', parse: String, placeholder: 'folder' },
    },
  },
  docs: {
    brief: 'Hold several logs against each other, message by message',
    fullDescription: [
      'Verifies each log, then joins them: on record at both ends, proved missing at one, or unconfirmed.',
      'Exit code: 0 when all are INTACT and nothing is proved missing; else as for verify (missing: 10).',
    ].join('\n'),
  },
})

export interface RedactFlags extends ProfileFlag, JsonFlag {
  readonly label: string
  readonly reason: string
}

const redactCommand = buildCommand<RedactFlags, [number], Context>({
  loader: async () => (await import('./audit-redact.ts')).redact,
  parameters: {
    flags: {
      ...profileFlag,
      reason: { kind: 'parsed', parse: text, brief: 'Why, with the law that asks for it', placeholder: 'words' },
      label: {
        kind: 'parsed',
        parse: text,
        default: 'text',
        brief: 'Which payload of the record',
        placeholder: 'label',
      },
      ...jsonFlag,
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'Number of the record', parse: number, placeholder: 'record' }],
    },
  },
  docs: {
    brief: 'Erase what was written in one record, for good, and say so on record',
    fullDescription: [
      'Salt and text are removed from this log; the record, its place and its commitment stay, and the log stays INTACT.',
      'Other copies (the colleague’s log, exports, backups) are not reached: redact them, too.',
    ].join('\n'),
  },
})

export type ExportFlags = ProfileFlag & JsonFlag

const exportCommand = buildCommand<ExportFlags, [string, string?], Context>({
  loader: async () => (await import('./audit-export.ts')).exportTo,
  parameters: {
    flags: { ...profileFlag, ...jsonFlag },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'New folder for the export', parse: String, placeholder: 'export' }, ...place.parameters],
    },
  },
  docs: {
    brief: 'Write a log into a folder that the tools of others can read',
    fullDescription: [
      'Reads the log only. The folder has the records as C2SP tlog-tiles, the texts, and the signed checkpoint;',
      '"branchline audit verify" checks it like a log, and so does spec/vectors/judge.py, which shares no code with this.',
    ].join('\n'),
  },
})

export const auditRoutes = buildRouteMap({
  routes: {
    verify: verifyCommand,
    show: showCommand,
    join: joinCommand,
    witness: witnessCommand,
    checkpoint: checkpointCommand,
    proof: proofCommand,
    export: exportCommand,
    redact: redactCommand,
    rotateKey: rotateKeyCommand,
    recover: recoverCommand,
  },
  docs: { brief: 'Check and read the record' },
})
