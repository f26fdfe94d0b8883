/* Makes intervals of one length go off as if they were of another, for whoever cannot wait for five minutes. */
export function hurryIntervals(fromMs: number, toMs: number): void {
  const set = globalThis.setInterval
  const hurried = (handler: () => void, ms?: number): NodeJS.Timeout => set(handler, ms === fromMs ? toMs : ms)
  globalThis.setInterval = hurried as typeof setInterval
}
