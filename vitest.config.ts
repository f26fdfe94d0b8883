import { configDefaults, defineConfig } from 'vitest/config'
import { LongestFirst } from './test/support/longest-first.ts'
import { FULL } from './test/support/trial.ts'

const fromSource = {
  resolve: { conditions: ['@branchline/source', 'module', 'node', 'development|production'] },
  ssr: { resolve: { conditions: ['@branchline/source', 'module', 'node', 'development|production'] } },
}

const BRANCHES = { testTimeout: 300_000, hookTimeout: 120_000 }
/**
 * Many nodes, or an attacker, who need the machine for themselves; and the test of what a killed bed leaves, which any
 * other bed would sweep. The rest wait most of their time, and may do so together.
 */
const ALONE = ['bed', 'crowd', 'files', 'hostile-*', 'opening', 'soak', 'ten-branches', 'urgent'].map(
  (name) => `test/branches/${name}.test.ts`,
)

export default defineConfig({
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    typecheck: { tsconfig: './tsconfig.test.json' },
    sequence: { sequencer: LongestFirst },
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
          maxWorkers: FULL ? 1 : 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'branches',
          include: ['test/branches/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ALONE],
          ...BRANCHES,
          maxWorkers: FULL ? 1 : 5,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'alone',
          include: ALONE,
          ...BRANCHES,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
})
