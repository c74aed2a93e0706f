import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from './run-command.ts'

const DATES = ['--symbol', 'SPY', '--from', '2026-11-20', '--to', '2026-11-20']
const OUT = ['--out', join(tmpdir(), 'optionlake-never-written.csv')]

test.each([['--describe'], ['--every', 'day'], ['--format', 'csv']])(
  '%s is refused without --features instead of being ignored',
  async (...option) => {
    const { code, stderr } = await runCommand(['export', ...DATES, ...OUT, ...option])
    expect(code).toBe(64)
    expect(stderr).toContain(`${option[0]} needs --features`)
  },
)
