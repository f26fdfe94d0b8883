import { asciiJson } from './ascii-json.ts'
import { MAX_LIST_BYTES } from './limits.ts'

/** As many from the beginning as one answer may hold, and one at least. */
export function fitting<T extends object>(items: readonly T[], limit: number): { kept: T[]; more: boolean } {
  const kept: T[] = []
  let bytes = 0
  for (const item of items) {
    bytes += asciiJson(item).length
    if (kept.length === limit || (bytes > MAX_LIST_BYTES && kept.length > 0)) break
    kept.push(item)
  }
  return { kept, more: kept.length < items.length }
}
