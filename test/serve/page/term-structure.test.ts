import { expect, test } from 'vitest'
import { sessionDate } from '../../../src/market/units.ts'
import { aloneIn } from '../../../src/serve/page/charts/scale.js'
import type { ViewState } from '../../../src/serve/page/view.ts'
import { termOptions, termPaths } from '../../../src/serve/page/views/term-structure/term-options.js'
import {
  dayColumns,
  dayRange,
  extent,
  historyColumns,
  slotPlace,
  termColumns,
} from '../../../src/serve/page/views/term-structure/term-points.js'
import {
  historySummary,
  tenorFigure,
  termAbsence,
  termNotes,
  termRows,
  termSummary,
} from '../../../src/serve/page/views/term-structure/term-text.js'
import type { TenorsBody, TermBody } from '../../../src/serve/views/smile-api.ts'

type Columns = TermBody['expirations']

const EXPIRATIONS: Columns = {
  ...{
    expiry: ['20261120', '20261127', '20261218'],
    trading_class: ['SPY', 'SPY', 'SPY'],
    days: [0.2, 7, 28],
  },
  ...{ atm_iv: [null, 0.15, 0.17], atm_iv_error: [null, 0.001, 0.002] },
  ...{ put_25d: [null, 0.17, null], call_25d: [null, 0.14, 0.16] },
  ...{ skew: [null, -0.8, -0.4], skew_error: [null, 0.05, 0.02] },
  ...{ forward: [680, 681, 682], forward_error: [0.01, 0.01, 0.02] },
  ...{ carry: [-0.2, 0.03, null], carry_error: [0.3, 0.001, null] },
  ...{ forward_iv: [null, null, 0.18], quotes: [null, 20, 40], within_one: [null, 1, 0.9] },
  reason: ['too_few_quotes', null, null],
}

const TERM: TermBody = {
  ...{ source: 'test', clock: { source: 'machine', artificial: false, words: null }, symbol: 'SPY' },
  ...{
    slot: '2026-11-20T16:00:00.000Z',
    date: '2026-11-20',
    age_seconds: 10,
    spot: 680,
    definition_version: 3,
  },
  ...{ expirations: EXPIRATIONS, reason: null, against: 'close', before_reason: null },
  before: {
    ...{ slot: '2026-11-19T20:55:00.000Z', date: '2026-11-19' },
    expirations: { ...EXPIRATIONS, expiry: ['20261119', '20261120', '20261218'], atm_iv: [0.2, 0.18, 0.16] },
  },
}

const TENORS: TenorsBody = {
  ...{ source: 'test', clock: TERM.clock, symbol: 'SPY', date: '2026-11-20' as TenorsBody['date'] },
  ...{ point: 'atm', definition_version: 3, tenor_days: [7, 30], observations: [200, 3], window: 252 },
  sessions: {
    date: ['2026-11-18', '2026-11-19'] as unknown as TenorsBody['sessions']['date'],
    iv: [
      [0.14, 0.15],
      [null, 0.16],
    ],
  },
  slots: {
    slot: ['2026-11-20T14:30:00.000Z', '2026-11-20T14:35:00.000Z'],
    iv: [
      [0.151, 0.152],
      [0.161, null],
    ],
    rank: [
      [40, 41],
      [null, null],
    ],
    percentile: [
      [60, 61],
      [null, null],
    ],
    reason: [
      [null, null],
      [null, 'no_bracket'],
    ],
  },
}

function stateOf(options: Record<string, string>): ViewState {
  const at = '2026-11-20T16:00:00.000Z'
  return { symbol: 'SPY', date: '2026-11-20', at, isLive: false, isPlaying: false, slots: [], options }
}

test('all slots of a date share one history', () => {
  const paths = termPaths(stateOf({ point: 'put_25d', days: '365' }))
  expect(paths).toEqual({
    term: '/api/views/term/SPY?at=2026-11-20T16%3A00%3A00.000Z&against=close',
    tenors: '/api/views/tenors/SPY?date=2026-11-20&days=365&point=put_25d',
  })
  const other = { ...stateOf({ point: 'put_25d', days: '365' }), at: '2026-11-20T16:05:00.000Z' }
  expect(termPaths(other)?.tenors).toBe(paths?.tenors)
  expect(termOptions({ point: '2.00', days: '9', vs: '' })).toEqual({
    point: 'atm',
    days: '92',
    against: 'close',
  })
  expect(termPaths({ ...stateOf({}), at: null })).toBeNull()
})

test('the earlier slot stands at the same expirations, and a forward volatility where it holds', () => {
  const { x, columns } = termColumns(TERM)
  expect(x).toEqual([0.2, 7, 28])
  expect(columns.before).toEqual([0.18, null, 0.16])
  expect(columns.atm_high).toEqual([null, 0.151, expect.closeTo(0.172, 9)])
  // From 7 to 28 days, and up to the end of the axis.
  expect(columns.forward_iv).toEqual([null, 0.18, 0.18])
  expect(termColumns({ ...TERM, before: null }).columns.before).toEqual([null, null, null])
  expect(extent(columns)?.[0]).toBeLessThan(0.14)
  expect(extent({ none: [null], absent: undefined })).toBeNull()
})

test('each number of the table has its error, and a dash has its reason', () => {
  const [first, second, third] = termRows(TERM)
  expect(first).toMatchObject({
    expiration: { text: 'Fri 20 Nov' },
    atm: { text: '–', from: { reason: expect.stringContaining('too few') } },
    carry: { text: '−20.00 % ± 30.00' },
    note: expect.stringContaining('too few'),
  })
  expect(second).toMatchObject({
    atm: { text: '15.00 % ± 0.10' },
    change: { text: '–' },
    put: { text: '17.00 %' },
  })
  expect(third).toMatchObject({
    change: { text: '+1.00', from: { note: expect.stringContaining('Thu 19 Nov 15:55') } },
    put: { text: '–', from: { reason: 'the quotes do not reach that far' } },
    carry: { text: '–', from: { reason: expect.stringContaining('future or a forward') } },
    forwardVol: { text: '18.00 %' },
  })
})

test('what is absent or older is said', () => {
  const none = { ...TERM, slot: null, reason: 'no_chain' as const }
  expect(termAbsence(none)).toContain('No slot of SPY')
  expect(termAbsence({ ...TERM, reason: 'not_stored' })).toContain('no surface is stored for this slot')
  expect(termNotes(TERM, { at: '2026-11-20T16:05:00.000Z' })[0]).toContain('these are of Fri 20 Nov 11:00')
  expect(
    termNotes({ ...TERM, before: null, before_reason: 'no_session_before' }, { at: TERM.slot }).at(-1),
  ).toBe('Nothing to compare with: no surface of the session before is stored.')
  expect(termSummary(TERM)).toBe('Fri 20 Nov 11:00: at the money 15.0 % at 7 d, 17.0 % at 28 d.')
})

test('the slot that is looked at is the last point of the history', () => {
  expect(slotPlace(TENORS.slots, '2026-11-20T14:37:00.000Z')).toBe(1)
  expect(slotPlace(TENORS.slots, '2026-11-20T14:00:00.000Z')).toBe(-1)
  expect(slotPlace(TENORS.slots, '')).toBe(-1)
  expect(historyColumns(TENORS, 0).columns).toEqual({ t7: [0.14, 0.15, 0.151], t30: [null, 0.16, 0.161] })
  expect(historyColumns(TENORS, -1).columns.t7?.at(-1)).toBeNull()
  expect(dayColumns(TENORS)).toMatchObject({
    x: [1795185000000, 1795185300000],
    columns: { t7: [0.151, 0.152] },
  })
  expect(historySummary(TENORS, 1)).toBe(
    '2 sessions with a value before Fri 20 Nov; now 7 days 15.2 %, 30 days –.',
  )
})

test('the axis of the day is that of all its slots', () => {
  const slots = ['14:30', '14:35', '21:00'].map((time, at) => ({
    slot: `2026-11-20T${time}:00.000Z`,
    outcome: at === 2 ? 'closed' : 'missing',
  }))
  expect(dayRange(slots)).toEqual([Date.parse('2026-11-20T14:30:00Z'), Date.parse('2026-11-20T14:35:00Z')])
  expect(dayRange(slots.slice(0, 1))).toBeNull()
})

test('a value without a neighbour is a dot of its own', () => {
  expect(aloneIn([1, null, 2, 3, null, 4])).toEqual([0, 5])
  expect(aloneIn([null, 5, null])).toEqual([1])
  expect(aloneIn([])).toEqual([])
})

test('a tenor says its place among the sessions, or why it has none', () => {
  expect(tenorFigure(TENORS, { tenor: 0, place: 1, at: null })).toMatchObject({
    ...{ text: '15.20 %', place: 'percentile 61' },
    from: { note: 'percentile 61, rank 41 of 252 sessions before', observations: 200, reason: null },
  })
  expect(tenorFigure(TENORS, { tenor: 1, place: 0, at: null }).from.note).toContain(
    '3 observations, 20 are needed',
  )
  expect(tenorFigure(TENORS, { tenor: 1, place: 1, at: null })).toMatchObject({
    text: '–',
    from: { reason: 'no expiration on one side of it has a curve' },
  })
  expect(tenorFigure(TENORS, { tenor: 1, place: -1, at: null }).text).toBe('–')
  expect(tenorFigure(TENORS, { tenor: 1, place: 0, at: null }).from.note).not.toContain('252')
})

test('a tenor of an earlier slot is said to be', () => {
  const [, slot = ''] = TENORS.slots.slot
  expect(tenorFigure(TENORS, { tenor: 0, place: 1, at: slot }).place).toBe('percentile 61')
  expect(tenorFigure(TENORS, { tenor: 0, place: 1, at: '2026-11-20T23:00:00.000Z' }).place).toMatch(
    /^of \d\d:\d\d: this slot has none yet; percentile 61$/,
  )
})

test('sessions without a value are not counted', () => {
  const sessions = {
    date: [sessionDate('2026-11-18'), sessionDate('2026-11-19')],
    iv: [
      [null, 0.15],
      [null, null],
    ],
  }
  expect(historySummary({ ...TENORS, sessions }, 1)).toMatch(/^1 session with a value before /)
})
