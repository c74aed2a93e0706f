import { expect, test } from 'vitest'
import {
  cellOfSlot,
  cellText,
  columnNames,
  crossesOf,
  layoutOf,
  lineNames,
  pathOf,
  slotOfCell,
  summaryOf,
} from '../../../src/serve/page/views/coverage/map-layout.js'
import type { CoverageAnswer } from '../../../src/serve/views/coverage-answer.ts'

const NO_GAPS = {
  ...{ line: [], column: [], columns: [], reason: [], detail: [] },
  ...{ requested: [], answered: [], skipped: [], rows: [] },
}

/** Two days of four slots around noon; 12:05 of the older one is partial. */
const answer: CoverageAnswer = {
  symbol: 'SPY',
  from: '2026-11-12',
  to: '2026-11-18',
  interval_seconds: 300,
  columns: ['11:55', '12:00', '12:05', '12:10'],
  lines: [
    line('2026-11-18', '2026-11-18T16:55:00.000Z', 'ssuo'),
    line('2026-11-17', '2026-11-17T16:55:00.000Z', 'ssp-'),
  ],
  gaps: {
    ...{ line: [1], column: [2], columns: [1], reason: [0], detail: [0] },
    ...{ requested: [1_000], answered: [640], skipped: [20], rows: [640] },
  },
  reasons: [{ reason: 'deadline', count: 1, advice: 'Run optionlake plan.' }],
  details: ['cut after 285 s'],
  totals: { expected: 6, stored: 4, partial: 1, missing: 0, unknown: 1 },
  reason: null,
}

function line(date: string, first_slot: string, states: string) {
  return { date, days_before: 0, early_close: false, first_slot, first_column: 0, states }
}

test('a cell and its slot lead to each other', () => {
  for (const cell of [
    { line: 0, column: 2 },
    { line: 1, column: 0 },
  ]) {
    const slot = slotOfCell(answer, cell)
    expect(cellOfSlot(answer, slot)).toEqual(cell)
  }
  expect(slotOfCell(answer, { line: 1, column: 2 })).toBe('2026-11-17T17:05:00.000Z')
  // That line has no slot at 12:10, and no line has one of another day.
  expect(cellOfSlot(answer, '2026-11-17T17:10:00.000Z')).toBeNull()
  expect(cellOfSlot(answer, '2026-11-16T17:00:00.000Z')).toBeNull()
  expect(cellOfSlot(answer, null)).toBeNull()
})

test('an evening that belongs to the next day is found across midnight', () => {
  const evening = {
    ...answer,
    columns: ['23:55', '00:00', '00:05'],
    lines: [line('2026-11-18', '2026-11-18T04:55:00.000Z', 'sss')],
    gaps: NO_GAPS,
  }
  expect(slotOfCell(evening, { line: 0, column: 2 })).toBe('2026-11-18T05:05:00.000Z')
  expect(cellOfSlot(evening, '2026-11-18T05:00:00.000Z')).toEqual({ line: 0, column: 1 })
})

test('a cell says its slot, its outcome, the reason, the counts and what to do', () => {
  expect(cellText(answer, { line: 1, column: 2 })).toBe(
    'SPY Tue 17 Nov 12:05: partial, the cycle was cut at its deadline, 640 of 1,000 contracts answered, 20 left out by the plan, cut after 285 s. Run optionlake plan.',
  )
  expect(cellText(answer, { line: 0, column: 0 })).toBe('SPY Wed 18 Nov 11:55: stored')
  expect(cellText(answer, { line: 0, column: 2 })).toContain('not in the ledger: nothing was recorded')
  expect(cellText(answer, { line: 0, column: 3 })).toContain('not over yet')
})

test('the map in one sentence', () => {
  expect(summaryOf(answer)).toBe(
    'SPY, Thu 12 Nov to Wed 18 Nov: 4 of 6 slots stored whole, 1 partial, 1 not in the ledger',
  )
  const none = { expected: 0, stored: 0, partial: 0, missing: 0, unknown: 0 }
  expect(summaryOf({ ...answer, totals: none })).toContain('no slot is over yet')
})

test('a place on the map is a cell, and outside none', () => {
  const layout = layoutOf({ lines: 2, columns: 4, width: 477 })
  expect(layout.cellWidth).toBe(100)
  expect(layout.cellAt(layout.left(3) + 50, layout.top(1) + 5)).toEqual({ line: 1, column: 3 })
  for (const [x, y] of [
    [10, 30],
    [layout.left(4), 30],
    [200, 2],
    [200, layout.height + 1],
  ] as const)
    expect(layout.cellAt(x, y)).toBeNull()
})

test('narrow neighbours are one rectangle, and a year is as high as a screen', () => {
  const states = 'sssmss'
  const narrow = layoutOf({ lines: 252, columns: 6, width: 95 })
  expect(pathOf([{ states }], 's', narrow, 1).match(/M/g)).toHaveLength(2)
  expect(
    pathOf([{ states }], 's', layoutOf({ lines: 1, columns: 6, width: 600 }), 1).match(/M/g),
  ).toHaveLength(5)
  expect(pathOf([{ states }], 'u', narrow, 1)).toBe('')
  expect(narrow.height).toBeLessThan(1_100)
})

test('missing slots have a cross where there is room for one', () => {
  const states = 'sms'
  const wide = layoutOf({ lines: 1, columns: 3, width: 300 })
  expect(crossesOf([{ states }], 'm', wide).match(/M/g)).toHaveLength(1)
  expect(crossesOf([{ states }], 'm', layoutOf({ lines: 252, columns: 3, width: 300 }))).toBe('')
})

test('a phone too narrow for any cell draws nothing that is not a number', () => {
  const tiny = layoutOf({ lines: 1, columns: 78, width: 40 })
  expect(pathOf([{ states: 's'.repeat(78) }], 's', tiny, 1)).not.toMatch(/NaN|Infinity/)
  expect(tiny.cellAt(80, 20)).toBeNull()
})

test('lines have their dates where there is room, else the months', () => {
  expect(lineNames(answer.lines, 16).map(({ name }) => name)).toEqual(['Wed 18 Nov', 'Tue 17 Nov'])
  const months = ['2026-11-02', '2026-10-30', '2026-10-29'].map((date) => ({ date, days_before: 0 }))
  expect(lineNames(months, 4)).toEqual([{ line: 0, name: '2 Nov' }])
})

test('columns are named by whole hours as far as there is room', () => {
  const columns = Array.from({ length: 78 }, (_, at) => {
    const minutes = 570 + 5 * at
    return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  })
  expect(columnNames(columns, 15).map(({ name }) => name)).toHaveLength(6)
  expect(columnNames(columns, 2).map(({ name }) => name)).toEqual(['10:00', '12:00', '14:00'])
})
