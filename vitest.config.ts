import { defineConfig } from 'vitest/config'

const ALL = ['test/**/*.test.ts']
/** Walks through the whole product: many programs one after the other, killed processes, small campaigns of faults. */
const WHOLE = [
  'test/{faults,library,package}/**/*.test.ts',
  'test/e2e/{demo-ended,endings,killed,numbers,recorded-chain,twelve-steps}.test.ts',
  'test/daemon/{daemon,recovery-drill,troubles}.test.ts',
  'test/daemon/{after-close/daily-history,demo/demo,demo/past-slots}.test.ts',
  'test/docs/commands/commands.test.ts',
  'test/golden/{commands,service}.test.ts',
]
/** Tests that start programs, change the user or measure the process. Each file gets a process of its own. */
const ISOLATED = [
  'test/{daemon,e2e,golden}/**/*.test.ts',
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
    // `npm test` runs the first two, `npm run test:whole` the third.
    projects: [
      { extends: true, test: { name: 'isolated', include: ISOLATED, exclude: WHOLE } },
      {
        extends: true,
        test: { name: 'shared', include: ALL, exclude: [...WHOLE, ...ISOLATED], isolate: false },
      },
      { extends: true, test: { name: 'whole', include: WHOLE } },
    ],
  },
})
