import { configDefaults, defineConfig } from 'vitest/config'

const fromSource = {
  resolve: { conditions: ['@branchline/source', 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions: ['@branchline/source', 'module', 'node', 'development|production'] } },
}

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    typecheck: { tsconfig: './tsconfig.test.json' },
    projects: [
      {
        ...fromSource,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts'],
          testTimeout: 20_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...fromSource,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['packages/*/test/**/*.test-d.ts'],
            tsconfig: './tsconfig.test.json',
          },
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/branches/**'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'branches',
          include: ['test/branches/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
})
