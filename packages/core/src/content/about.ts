import type { Hash } from '@branchline/audit-sink'

/** What becomes of a file that was offered (spec/content.md section 3). */
export type FileAnswer = 'accept' | 'decline' | 'withdraw' | 'received' | 'wrong'

export type PullStep = 'claim' | 'release' | 'pulled' | 'not-found' | 'send' | 'cancel' | 'reopen'

/** What a message does beside its text (spec/content.md section 2). */
export type About =
  | { readonly type: 'text' }
  | { readonly type: 'reply'; readonly to: Hash }
  | { readonly type: 'edit'; readonly of: Hash }
  | { readonly type: 'retract'; readonly of: Hash }
  | { readonly type: 'urgent' }
  | { readonly type: 'mark'; readonly read: readonly Hash[]; readonly acknowledged: readonly Hash[] }
  | { readonly type: 'pull'; readonly item: string; readonly branch: string }
  | { readonly type: 'pull-step'; readonly of: Hash; readonly step: PullStep; readonly after: readonly Hash[] }
  | { readonly type: 'file'; readonly name: string; readonly size: number; readonly sha256: Hash }
  | { readonly type: 'file-answer'; readonly of: Hash; readonly answer: FileAnswer }
  | { readonly type: 'pass-on'; readonly of: Hash }
  | { readonly type: 'group'; readonly name: string }
  | { readonly type: 'desk'; readonly step: 'on' | 'off' }
  | { readonly type: 'desk'; readonly step: 'hand-over'; readonly to: string }

export interface Content {
  /** 1 to 32,768 bytes, meant as UTF-8; undefined where there is none. */
  readonly text: Uint8Array | undefined
  readonly about: About
  /** What is passed on, as it came: `originIn` reads it. */
  readonly origin?: Uint8Array | undefined
}
