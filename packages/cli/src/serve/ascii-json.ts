const OTHERS = /[\u007f-\uffff]/g

/** JSON on one line for any reader: whatever encoding it takes standard input to be in, and however it tells lines. */
export function asciiJson(value: object): string {
  return JSON.stringify(value).replace(OTHERS, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
