import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/stores/level.ts', 'src/stores/level-snapshot.ts', 'src/stores/memory.ts'],
  format: ['esm'],
  target: 'node22',
  dts: false,
  sourcemap: true,
  clean: true,
})
