import type { CliIO } from '../io.ts'

const SHOWN_EVERY_MS = 500
const ERASE_LINE = '\r\u001b[K'

export interface Progress {
  readonly onProgress: (records: number) => void
  end(): void
}

/** Long logs only, and only where somebody looks. */
export function progress(io: CliIO): Progress {
  let shownAt = Date.now()
  let isShown = false
  return {
    onProgress: (records) => {
      if (io.stderr.isTTY !== true || Date.now() - shownAt < SHOWN_EVERY_MS) return
      shownAt = Date.now()
      isShown = true
      io.stderr.write(`${ERASE_LINE}${records} records read …`)
    },
    end: () => {
      if (isShown) io.stderr.write(ERASE_LINE)
    },
  }
}
