import { defineConfig } from 'vitest/config'

/** For bed.test.ts, which runs what must fail. */
export default defineConfig({ test: { dir: import.meta.dirname, include: ['fails.ts'] } })
