import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAt } from '../../src/commands/option-values.ts'
import { runOddCommands } from '../faults/commands/commands.ts'
import { runCommand } from './run-command.ts'

test('whatever a value contains, an error is one short line without control characters', async () => {
  const { code, stderr } = await runCommand([
    'sql',
    'SELECT 1',
    '--limit',
    `a\nb\u001b[31m${'x'.repeat(50_000)}`,
  ])
  expect([code, stderr]).toEqual([
    64,
    expect.stringMatching(/^--limit a\\nb\\u001b\[31mx+… is not a whole number/),
  ])
  expect(stderr.length).toBeLessThan(400)
})

test('a date that no day follows, and a configuration that is nested without end, are refused by name', async () => {
  expect(() => parseAt('9999-12-31')).toThrow('--at 9999-12-31 is not a time')
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-deep-'))
  try {
    const file = join(folder, 'deep.json')
    writeFileSync(file, `${'['.repeat(20_000)}${']'.repeat(20_000)}`)
    const deep = await runCommand(['--config', file, 'status'])
    expect([deep.code, deep.stderr]).toEqual([78, expect.stringContaining('must hold one JSON object')])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('odd values of any option are refused by name, and nothing is written where nothing names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-odd-'))
  try {
    const { unnamed, written, hangs } = await runOddCommands({ lines: 25, seed: 7, folder })
    expect({ unnamed, written, hangs }).toEqual({ unnamed: [], written: [], hangs: [] })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)
