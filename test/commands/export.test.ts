import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from './run-command.ts'

const DATES = ['--symbol', 'SPY', '--from', '2026-11-20', '--to', '2026-11-20']
const OUT = ['--out', join(tmpdir(), 'optionlake-never-written.csv')]

test.each([['--describe'], ['--every', 'day']])(
  '%s is refused without --features instead of being ignored',
  async (...option) => {
    const { code, stderr } = await runCommand(['export', ...DATES, ...OUT, ...option])
    expect(code).toBe(64)
    expect(stderr).toContain(`${option[0]} needs --features`)
  },
)

test.each([
  [['--format', 'parket'], 'did you mean parquet?'],
  [['--format', 'parquet'], 'ends in .csv, but the format is parquet'],
  [['--right', 'X'], '--right X is neither C nor P'],
  [['--format', 'lean', '--columns', 'bid'], '--columns does not go with --format lean'],
  [['--features', '--right', 'C'], '--right does not go with --features'],
])('%s is refused', async (option, message) => {
  const { code, stderr } = await runCommand(['export', ...DATES, ...OUT, ...option])
  expect(stderr).toContain(message)
  expect(code).toBe(64)
})
