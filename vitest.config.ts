import { defineConfig } from 'vitest/config'

const ALL = ['test/**/*.test.ts']
/** Tests that start programs, change the user or measure the process. Each file gets a process of its own. */
const ISOLATED = [
  'test/{daemon,e2e,faults,golden,library,package}/**/*.test.ts',
  'test/lake/engines/**/*.test.ts',
  'test/lake/{open,read-only}.test.ts',
]

export default defineConfig({
  test: {
    globalSetup: 'test/support/temporary.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine may need longer than the default second.
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    pool: 'forks',
    // Files of one process load the modules and native libraries once: half a second of processor time a file.
    projects: [
      { extends: true, test: { name: 'isolated', include: ISOLATED } },
      { extends: true, test: { name: 'shared', include: ALL, exclude: ISOLATED, isolate: false } },
    ],
  },
})
