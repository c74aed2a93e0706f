import { expect, test } from 'vitest'
import { logLine } from '../../../src/commands/terminal/log-line.ts'
import { describeSlot, whyText } from '../../../src/daemon/slot-line.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { openLog } from '../../../src/process/log.ts'
import { reportMissing } from '../../../src/snapshot/symbol-report.ts'

const SCREEN = { columns: 60, isTerminal: true, hasColour: false, isUnicode: true }

test('on a terminal the log is text: the time, the message, the error, and what to do', () => {
  const lines: string[] = []
  const log = openLog('info', (line) => lines.push(logLine(line, SCREEN)))
  log.info({ symbol: 'SPY' }, 'slot stored')
  log.warn({ err: new Error('disk full'), advice: 'free some space' }, 'the lake cannot be written')
  log.debug('noise')
  expect(lines).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d slot stored$/),
    expect.stringMatching(/^\d\d:\d\d:\d\d the lake cannot be written: disk full: free some\n {11}space$/),
  ])
})

test('a stored slot is one line with every symbol', () => {
  const slot = epochMs(Date.parse('2026-11-20T15:00:00Z'))
  const date = sessionDate('2026-11-20')
  const missing = reportMissing('IWM', 'connection_lost', { slot, date, detail: null, startedAt: null })
  const stored = {
    ...missing,
    symbol: 'SPY',
    outcome: 'stored',
    reason: null,
    requested: 2_250,
    answered: 2_249,
  } as const
  expect(
    describeSlot([
      { ...stored, rows: 2_249 },
      { ...missing, rows: 0 },
    ]),
  ).toMatchObject({
    isWhole: false,
    text: 'slot 2026-11-20 10:00: SPY 2,249 of 2,250 contracts; IWM missing: connection lost',
    facts: {
      slot: '2026-11-20T15:00:00.000Z',
      symbols: [{ symbol: 'SPY' }, { symbol: 'IWM', outcome: 'missing' }],
    },
  })
})

test.each([
  ['stopped', '1855 stopped', 'stopped: 1,855 contracts'],
  ['connection_lost', '1 connection_lost, 3 unanswered', 'connection lost: 1 contract, 3 unanswered'],
  ['unanswered_contracts', '3 unanswered', 'unanswered contracts: 3 unanswered'],
  [
    'unknown_symbol',
    'unknown symbol "NOPE": check the spelling',
    'unknown symbol "NOPE": check the spelling',
  ],
  ['deadline', null, 'deadline'],
  [null, null, 'unknown reason'],
])('why a slot is not whole: %s with %s is %s', (reason, detail, text) => {
  expect(whyText(reason, detail)).toBe(text)
})
