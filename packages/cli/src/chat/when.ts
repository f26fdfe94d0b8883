/** Hours and minutes, in local time. */
export function clock(ms: number): string {
  const time = new Date(ms)
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':')
}

/** The same, with the day before it when that is not today. */
export function when(ms: number): string {
  const time = new Date(ms)
  const isToday = time.toDateString() === new Date().toDateString()
  const day = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map((part) => String(part).padStart(2, '0'))
  return isToday ? clock(ms) : `${day.join('-')} ${clock(ms)}`
}
