/* A member of staff at a laptop: as member.ts, but for its clock. */
await import('./monotonic-clock.ts')
await import('./member.ts')
