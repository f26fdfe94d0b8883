import { defineConfig } from 'tsup'

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/history/level-index.ts',
    'src/doctor/index.ts',
    'src/roster/index.ts',
    'src/sanitise.ts',
  ],
  format: ['esm'],
  target: 'node22',
  dts: false,
  sourcemap: true,
  clean: true,
})
