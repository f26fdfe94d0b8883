import type { View } from './events.ts'

/** For programs: one JSON object a line, texts as they came. */
export function jsonView(print: (text: string) => void): View {
  return (event) => print(JSON.stringify(event))
}
