/**
 * Theil and Sen's slope: the median of the slopes of all pairs, which a few points far out do not move.
 * @param points - x and y
 */
export function slopeOf(points: readonly (readonly [number, number])[]): number {
  const slopes: number[] = []
  for (const [n, [x, y]] of points.entries()) {
    for (const [laterX, laterY] of points.slice(n + 1)) if (laterX !== x) slopes.push((laterY - y) / (laterX - x))
  }
  if (slopes.length === 0) throw new Error('a slope takes two points')
  return median(slopes)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const last = sorted.length - 1
  return ((sorted[Math.floor(last / 2)] as number) + (sorted[Math.ceil(last / 2)] as number)) / 2
}
