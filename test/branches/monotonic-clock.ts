/*
 * A clock as a laptop has it: while it is asleep it stands still, and only the time of day goes on. A process that is
 * stopped has no such clock, since its machine goes on. It is looked at once a second, so a longer gap was sleep.
 */
const SLEPT_MS = 5_000

const now = performance.now.bind(performance)
let lookedAt = now()
let sleptMs = 0

performance.now = () => {
  const at = now()
  if (at - lookedAt > SLEPT_MS) sleptMs += at - lookedAt
  lookedAt = at
  return at - sleptMs
}
