import type { HostedMessenger } from '@branchline/core'
import { say } from './say.ts'

/** Tells what becomes of files, and takes the orders about them: `offer` and `accept`. */
export function fileCommands(messenger: HostedMessenger) {
  messenger.addEventListener('file:offered', ({ detail }) => say({ event: 'file-offered', file: detail }))
  messenger.addEventListener('file:progress', ({ detail }) => say({ event: 'file-progress', file: detail }))
  messenger.addEventListener('file:arrived', ({ detail }) => say({ event: 'file-arrived', file: detail }))
  messenger.addEventListener('file:failed', ({ detail: { error, isFinal } }) => {
    say({ event: 'file-failed', code: error.code, isFinal })
  })
  return {
    offer: async ({ to, path }: { readonly to: string; readonly path: string }) => (await messenger.offer(to, path)).id,
    accept: async ({ id }: { readonly id: string }) => (await messenger.accept(id)).id,
    decline: async ({ id }: { readonly id: string }) => (await messenger.decline(id)).id,
  }
}
