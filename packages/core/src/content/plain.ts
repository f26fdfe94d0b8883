const CONTROL = /\p{Cc}/u

/** Whether it is a string of at least one byte that shows as it is: well-formed, without control characters. */
export function isPlain(value: unknown, maxBytes: number): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= maxBytes &&
    Buffer.byteLength(value) <= maxBytes &&
    value.isWellFormed() &&
    !CONTROL.test(value)
  )
}
