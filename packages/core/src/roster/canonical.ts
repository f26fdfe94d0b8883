export type Json = string | number | readonly Json[] | { readonly [name: string]: Json | undefined }

/** The canonical JSON text (RFC 8785) of a value whose numbers are integers; what is undefined is left out. */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join()}]`
  const members = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined)
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([name, each]) => `${JSON.stringify(name)}:${canonicalJson(each)}`).join()}}`
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
