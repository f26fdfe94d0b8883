/* A member of staff at a laptop: as member.ts, but for its clock. */
import './monotonic-clock.ts'
import './member.ts'
