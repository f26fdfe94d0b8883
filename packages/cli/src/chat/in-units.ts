const UNITS = ['bytes', 'KiB', 'MiB', 'GiB'] as const
const STEP = 1_024

/** A number of bytes as people say it. */
export function inUnits(bytes: number): string {
  let value = bytes
  let unit = 0
  for (; value >= STEP && unit < UNITS.length - 1; unit++) value /= STEP
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}
