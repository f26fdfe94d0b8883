import { defineConfig } from 'tsup'

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/conformance/index.ts',
    'src/export/index.ts',
    'src/stores/level.ts',
    'src/stores/level-snapshot.ts',
    'src/stores/memory.ts',
    'src/tlog/index.ts',
  ],
  format: ['esm'],
  target: 'node22',
  dts: false,
  sourcemap: true,
  clean: true,
})
