import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { smallRun, writeOriginalRun, writeRun } from '../experiments/support/step-records.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { expectToFollow } from '../support/published-schema.ts'
import { runCommand } from './run-command.ts'

const records = smallRun({
  experiment: 'qty_200',
  steps: [
    { mid: 1000, orders: [{ id: 'a', side: 'BUY', price: 1000.1, qty: 200 }] },
    { mid: 1000.2, fills: [{ order_id: 'a', side: 'BUY', price: 1000.1, qty: 100, remaining: 100 }] },
    { mid: 1000.4 },
  ],
})

function runsFolder(): { raw: string; processed: string } {
  const folder = temporaryFolder()
  const raw = join(folder, 'raw')
  writeRun(raw, 'a.jsonl', records)
  writeOriginalRun(raw, 'b.jsonl', records)
  return { raw, processed: join(folder, 'processed') }
}

test('summary prints a table and writes the report; what is damaged is said', async () => {
  const { raw, processed } = runsFolder()
  const cut = writeRun(raw, 'c.jsonl', records)
  writeFileSync(cut, readFileSync(cut, 'utf8').slice(0, -100))
  writeFileSync(join(raw, 'empty.jsonl'), '')
  const output = join(processed, 'report.csv')
  const { code, stdout, stderr } = await runCommand([
    'experiment',
    'summary',
    '--dir',
    raw,
    '--output',
    output,
  ])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^scenario +experiment +seed +steps +outcome +orders +filled %/)
  expect(stdout).toMatch(/normal_market {2}qty_200 +7 +2 +– +1 +50\.0 +1\.00 +100 +30/)
  const json = await runCommand(['experiment', 'summary', '--dir', raw, '--output', output, '--json'])
  expectToFollow('experiment summary', json.stdout)
  expect(stderr).toContain('c.jsonl: 1 damaged line skipped (1 cut), first line 3')
  expect(stderr).toContain(`${join(raw, 'empty.jsonl')} is left out`)
  expect(stderr).toContain(`3 runs in ${output}`)
  expect(readFileSync(output, 'utf8').split('\n')).toHaveLength(5)
})

test('summary --file prints the figures of one run and writes its steps', async () => {
  const { raw, processed } = runsFolder()
  const output = join(processed, 'summary_report.csv')
  const { code, stdout } = await runCommand([
    'experiment',
    'summary',
    '--file',
    join(raw, 'a.jsonl'),
    '--output',
    output,
  ])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^slippage_mid +0\.1$/m)
  expect(existsSync(output)).toBe(false)
  expect(readFileSync(join(processed, 'a.csv'), 'utf8').split('\n')).toHaveLength(5)
})

test('summary --convert-all writes the steps of all runs', async () => {
  const { raw, processed } = runsFolder()
  const { code, stdout } = await runCommand([
    'experiment',
    'summary',
    '--convert-all',
    '--dir',
    raw,
    '--output',
    join(processed, 'x.csv'),
  ])
  expect(code).toBe(0)
  expect(stdout).toMatch(/a\.csv: 3 rows.*\n.*b\.csv: 3 rows/)
})

test('convert writes CSV and Parquet', async () => {
  const { raw, processed } = runsFolder()
  const args = [
    'experiment',
    'convert',
    join(raw, 'a.jsonl'),
    '--output',
    processed,
    '--format',
    'csv,parquet',
    '--json',
  ]
  const { code, stdout } = await runCommand(args)
  expect(code).toBe(0)
  expectToFollow('experiment convert', stdout)
  expect(JSON.parse(stdout)).toMatchObject({
    files: [
      { path: join(processed, 'a.csv'), rows: 3, damaged: 0 },
      { path: join(processed, 'a.parquet'), rows: 3, damaged: 0 },
    ],
  })
})

test('stats prints every figure of a run and its orders by size', async () => {
  const { raw } = runsFolder()
  const text = await runCommand(['experiment', 'stats', join(raw, 'a.jsonl')])
  expect(text.stdout).toMatch(/^final_pnl +30$/m)
  expect(text.stdout).toMatch(/qty +orders +orders_with_fill[^\n]*\n200 +1 +1 +0 +200 +100 +50$/m)
  const { stdout } = await runCommand(['experiment', 'stats', join(raw, 'b.jsonl'), '--json'])
  expectToFollow('experiment stats', stdout)
  expect(JSON.parse(stdout)).toMatchObject({ figures: { total_fills: 1, rules: null, slippage_mid: null } })
})

test('what cannot be read or written is one line with its exit code', async () => {
  const { raw, processed } = runsFolder()
  const run = (...args: string[]) => runCommand(['experiment', ...args])
  const absent = join(raw, 'absent.jsonl')
  const one = `no run in ${absent} (it is not there): make one with optionlake experiment run, or name another file\n`
  for (const args of [
    ['stats', absent],
    ['summary', '--file', absent],
    ['determinism', join(raw, 'a.jsonl'), absent],
  ])
    expect(await run(...args)).toMatchObject({ code: 64, stderr: one })
  const none = `no runs in ${absent} (it is not there): make some with optionlake experiment run, or name another f`
  for (const args of [
    ['summary', '--dir', absent],
    ['convert', '--dir', absent, '--output', processed],
    ['convert', absent, '--output', processed],
    ['compare', raw, absent],
    ['impact', '--dir', absent],
    ['report', '--dir', absent],
    ['report', absent],
  ])
    expect(await run(...args)).toMatchObject({ code: 64, stderr: expect.stringContaining(none) })
  expect(await run('summary', '--dir', join(raw, '..'))).toMatchObject({
    code: 64,
    stderr: expect.stringContaining(
      '(no file ends with .jsonl): make some with optionlake experiment run, or name another folder with --dir',
    ),
  })
  expect(await run('convert', '--dir', raw, '--output', processed, '--format', 'xls')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('--format xls is not known'),
  })
  expect(await run('convert', '--dir', raw, '--output', join(raw, 'a.jsonl', 'x'))).toMatchObject({
    code: 73,
  })
  expect(await run('summary', '--dir', raw, '--output', join(raw, 'a.jsonl', 'y.csv'))).toMatchObject({
    code: 73,
  })
})
