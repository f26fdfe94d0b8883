const DAY_MS = 86_400_000
const WARNING_DAYS = 30

/** When a roster expires nobody can write any more: that must not come as a surprise. */
export function expiryWarning(expires: number, now: number): string | undefined {
  if (expires - now > WARNING_DAYS * DAY_MS) return undefined
  const when = new Date(expires).toISOString().slice(0, 10)
  const what = expires <= now ? `was in force until ${when}, so nothing can be sent` : `is in force until ${when}`
  return `The roster ${what}: ask the director for a new one (branchline library renew).`
}
