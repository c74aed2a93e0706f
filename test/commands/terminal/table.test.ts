import { expect, test } from 'vitest'
import { canRedraw, type Screen, screenOf } from '../../../src/commands/terminal/screen.ts'
import { formatTable, type PrintedColumn } from '../../../src/commands/terminal/table.ts'
import { widthOf, wrapped } from '../../../src/commands/terminal/wrap.ts'

interface Fact {
  readonly name: string
  readonly rows: number
  readonly reason: string
}

const COLUMNS: readonly PrintedColumn<Fact>[] = [
  { title: 'name', value: ({ name }) => name },
  { title: 'rows', align: 'right', leaveOut: 2, value: ({ rows }) => String(rows) },
  { title: 'seconds', align: 'right', leaveOut: 1, value: () => '12.5' },
  {
    title: 'reason',
    shortenTo: 10,
    tone: ({ rows }) => (rows === 0 ? 'bad' : null),
    value: ({ reason }) => reason,
  },
]
const ROWS: readonly Fact[] = [
  { name: 'SPY', rows: 2_250, reason: '' },
  { name: 'QQQ', rows: 0, reason: 'connection_lost' },
]

function screen(columns: number | null, hasColour = false): Screen {
  return { columns, isTerminal: columns !== null, hasColour, isUnicode: true }
}

const table = (columns: number | null, hasColour?: boolean) =>
  formatTable(ROWS, COLUMNS, screen(columns, hasColour)).split('\n')

test('without a terminal a table has its full width', () => {
  expect(table(null)).toEqual([
    'name  rows  seconds  reason',
    'SPY   2250     12.5',
    'QQQ      0     12.5  connection_lost',
  ])
})

test('on a narrow terminal long texts are cut, then columns are left out, and the last line names them', () => {
  expect(table(32)).toEqual([
    'name  rows  seconds  reason',
    'SPY   2250     12.5',
    'QQQ      0     12.5  connection…',
  ])
  expect(table(22)).toEqual([
    'name  rows  reason',
    'SPY   2250',
    'QQQ      0  connectio…',
    'left out: seconds',
    '  (--wide)',
  ])
  expect(table(17)[2]).toBe('QQQ   connection…')
  for (const columns of [8, 17, 22, 32, 60])
    for (const line of table(columns)) expect(widthOf(line)).toBeLessThanOrEqual(columns)
})

test('colours mark what is wrong and take no room', () => {
  const [plain, coloured] = [table(40), table(40, true)]
  expect(coloured[2]).toBe('QQQ      0     12.5  \u001b[31mconnection_lost\u001b[39m')
  expect(coloured.map(widthOf)).toEqual(plain.map(widthOf))
})

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { TERM: 'dumb' }, false],
])('colours: a terminal %s with %o has them: %s', (isTTY, environment, wanted) => {
  expect(screenOf({ isTTY, columns: 80 }, { environment }).hasColour).toBe(wanted)
})

test('nothing is written over in a pipe and on a dumb terminal', () => {
  expect(canRedraw({ isTTY: true }, { TERM: 'xterm-256color' })).toBe(true)
  expect(canRedraw({ isTTY: true }, { TERM: 'dumb' })).toBe(false)
  expect(canRedraw({ isTTY: false }, { TERM: 'xterm-256color' })).toBe(false)
})

test('long lines break between words, and short ones and tables stay as they are', () => {
  expect(wrapped('one two three four\n  a  b', screen(12))).toBe('one two\n  three four\n  a  b')
  expect(wrapped('one two three four', screen(null))).toBe('one two three four')
})

test('a table has as many rows as it is given', () => {
  const rows = Array.from({ length: 300_000 }, (_, at) => at)
  const text = formatTable(rows, [{ title: 'number', value: String }], screen(null))
  expect(text.split('\n')).toHaveLength(300_001)
})

test('a number and its unit stay in one line', () => {
  expect(wrapped('files of 44.5 years, 2.3 MB', screen(12))).toBe('files of\n  44.5 years,\n  2.3 MB')
})
