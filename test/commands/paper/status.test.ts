import { copyFileSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT } from '../../../src/process/failure.ts'
import { linesOfATrade } from '../../paper/trading-desk.ts'
import { expectToFollow } from '../../support/published-schema.ts'
import { runCommand } from '../run-command.ts'

async function journalOfATrade(): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'optionlake-status-')), 'journal.jsonl')
  writeFileSync(path, `${(await linesOfATrade()).join('\n')}\n{"v":1,"seq":`)
  return path
}

test('paper status shows positions, profit and loss and the latest events of a journal', async () => {
  const journal = await journalOfATrade()
  const { code, stdout } = await runCommand(['paper', 'status', '--journal', journal])
  expect(code).toBe(0)
  expect(stdout).toMatch(/journal\.jsonl: last event 2026-11-18 \d\d:\d\d New York; 1 damaged line skipped$/m)
  expect(stdout).toMatch(/^2026-11-18 10:3\d SPY 10:3\d: (enter 1|no entry): /m)
  expect(stdout).toMatch(/SPY-20261118T1530-IC +open +1 +43 +\$/)
  expect(stdout).toMatch(/closed 2026-11-18: \$0\.00; open: \$\d+\.\d\d\n/)
  expect(stdout).toContain('ol-SPY-20261118T1530-IC-1: filled')

  const json = await runCommand(['paper', 'status', '--journal', journal, '--json', '--tail', '1'])
  expectToFollow('paper status', json.stdout)
  const answer = JSON.parse(json.stdout) as Record<string, unknown>
  expect(answer).toMatchObject({
    ...{ date: '2026-11-18', damaged: 1, orders: [], realized_today: 0, unknown_today: 0, unmarked: 0 },
    positions: [{ id: 'SPY-20261118T1530-IC', strategy: 'iron_condor', units: 1, days: 43, differs: null }],
    tail: [{ kind: 'decision', action: 'no_entry' }],
  })
})

test('without --journal, status and report read the newest one', async () => {
  const journal = await journalOfATrade()
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-newest-'))
  const from = process.cwd()
  process.chdir(folder)
  try {
    const nothing = await runCommand(['paper', 'report'])
    expect(nothing.code).toBe(EXIT.usage)
    expect(nothing.stderr).toContain('there is no journal data/paper/*.jsonl')
    mkdirSync('data/paper', { recursive: true })
    for (const name of ['old', 'new']) copyFileSync(journal, `data/paper/${name}.jsonl`)
    utimesSync('data/paper/old.jsonl', 1, 1)
    expect((await runCommand(['paper', 'status'])).stdout).toContain('data/paper/new.jsonl: last event')
    expect((await runCommand(['paper', 'report'])).stdout).toContain('data/paper/report.html: 1 trade, ')
    expectToFollow('paper report', (await runCommand(['paper', 'report', '--json'])).stdout)
  } finally {
    process.chdir(from)
  }
})

test.each(['status', 'report'])('a journal that does not exist is named: paper %s', async (command) => {
  const { code, stderr } = await runCommand(['paper', command, '--journal', '/nowhere/journal.jsonl'])
  expect(code).toBe(EXIT.usage)
  expect(stderr).toContain('there is no journal /nowhere/journal.jsonl')
})

test.each([
  [[], EXIT.refused, 'no account is listed: name the paper account with --account DU… or paper.accounts'],
  [
    ['--account', 'U1234567'],
    EXIT.refused,
    'orders are refused: "U***67" is not a paper account (DU1234567, DUE123456)',
  ],
  [['--account', 'DF1234567'], EXIT.refused, 'is not a paper account'],
  [
    ['--account', 'DU1', '--client-id', '18'],
    EXIT.configuration,
    'paper.clientId 18 is also gateway.clientId',
  ],
])('paper run with %j is refused before anything is opened', async (options, code, message) => {
  const ended = await runCommand(['paper', 'run', '--gateway', '127.0.0.1:9', ...options])
  expect(ended.code).toBe(code)
  expect(ended.stderr).toContain(message)
})
