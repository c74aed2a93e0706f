import { expect, test } from 'vitest'
import { dayFigures } from '../../../src/analytics/answers/day-figures.ts'
import { volatilityHistory } from '../../../src/analytics/answers/volatility-history.ts'
import { newYorkInstant, sessionOn } from '../../../src/market/calendar.ts'
import { sessionDate } from '../../../src/market/units.ts'
import type { ViewState } from '../../../src/serve/page/view.ts'
import {
  dayColumns,
  figureAt,
  figuresTime,
  historyColumns,
  historySummary,
  premiumAt,
  premiumSummary,
  premiums,
  slotIndex,
  volatilityPath,
} from '../../../src/serve/page/views/volatility/volatility-data.js'
import type { VolatilityAnswer } from '../../../src/serve/views/volatility-api.ts'
import { ibIndexHistory } from '../../analytics/chains.ts'

const DATE = sessionDate('2026-11-20')
const observed = ibIndexHistory('SPY').map((row) => ({
  ...row,
  recorded_at: newYorkInstant(sessionDate(row.date), '18:00'),
}))
const SLOTS = ['2026-11-20T15:00:00.000Z', '2026-11-20T15:05:00.000Z']

function answer(): VolatilityAnswer {
  const { figures, ...rest } = dayFigures([])
  const column = (values: (number | null)[]) => ({
    unit: 'fraction',
    window: null,
    source: 'ib_index',
    values,
  })
  const none = Object.entries(figures).map(([name, one]) => [name, { ...one, values: [null, null] }])
  return {
    ...{ source: 'test data', clock: { source: 'machine', artificial: false, words: null } },
    ...volatilityHistory({
      ...{ symbol: 'SPY', date: DATE, window: 60, estimator: 'close_to_close', ivSource: null },
      ...{ sessionOn, observed, observedVix: [] },
    }),
    day: {
      ...{ ...rest, slots: SLOTS, iv_observations: [252, 252], definition_versions: [3, 3] },
      iv30_expirations: [['20261218', '20261231'], null],
      figures: {
        ...(Object.fromEntries(none) as typeof figures),
        iv30: { ...column([0.17, null]), source: 'chain', reasons: [null, 'no_bracket'] },
        iv30_ib_index: column([0.171, 0.172]),
        iv_rank_60d: column([55, 57]),
        vix: { ...column([17.2, 17.3]), source: 'index', unit: 'points' },
      },
    },
  }
}

const STATE: ViewState = {
  ...{ symbol: 'SPY', date: '2026-11-20', at: SLOTS[1]!, isLive: false, isPlaying: false },
  slots: SLOTS.map((slot) => ({ slot, time: '10:00', outcome: 'stored' as const, reason: null, rows: 10 })),
  options: {},
}

test('one path serves all slots of a date, and wrong settings become the defaults', () => {
  expect(volatilityPath(STATE)).toBe(
    '/api/views/volatility/SPY?at=2026-11-20T15:05:00.000Z&sessions=252&estimator=yang_zhang',
  )
  expect(volatilityPath({ ...STATE, at: SLOTS[0]! })).toBe(volatilityPath(STATE))
  const options = { sessions: '61', estimator: '<b>', compared: 'x' }
  expect(volatilityPath({ ...STATE, options })).toBe(volatilityPath(STATE))
  expect(volatilityPath({ ...STATE, at: null, slots: [] })).toBeNull()
})

test('a figure of a slot says where it comes from, or why there is none', () => {
  const { day } = answer()
  expect(slotIndex(day, '2026-11-20T15:04:00.000Z')).toBe(0)
  expect(slotIndex(day, '2026-11-20T14:00:00.000Z')).toBe(-1)
  expect(figureAt(day, 'iv30', 0)).toMatchObject({
    ...{ value: 0.17, slot: SLOTS[0], source: 'chain', definition_version: 3, reason: null },
    note: 'from the expirations 20261218 and 20261231',
  })
  expect(figureAt(day, 'iv30', 1)).toMatchObject({ value: null, reason: 'no_bracket', note: null })
  expect(figureAt(day, 'iv30', -1)).toMatchObject({ value: null, reason: expect.any(String) })
})

test('the history ends with the slot, in points, with the band of its window', () => {
  const { dates, columns } = historyColumns(answer(), 1)
  expect([dates.length, dates.at(-1), columns.iv.at(-1), columns.vix.at(-1)]).toEqual([
    ...[61, '2026-11-20', 17.2, 17.3],
  ])
  expect('high' in columns && columns.high.at(-1)).toBeCloseTo(18.9, 9)
  expect(historySummary(answer(), 1)).toMatch(/^Volatility 17\.2, rank 57, percentile –; lowest 15\.0 on /)
  expect(historySummary(answer(), -1)).toMatch(/^No volatility in this slot/)
})

test('a premium needs both volatilities', () => {
  const values = premiums(answer(), 'after')
  expect(values.slice(-20)).toEqual(new Array(20).fill(null))
  expect(values.filter((value) => value !== null).length).toBeGreaterThan(30)
  expect(premiumSummary([1, -0.5, null, 2], 'before')).toBe(
    'Implied volatility was above what was realized on 2 of 3 sessions, by 0.8 points on average.',
  )
  expect(premiumSummary([null], 'after')).toBe('No session has both volatilities.')
})

test('a premium is less the realized volatility that is shown beside it', () => {
  const { day } = answer()
  const stored = { unit: 'points', window: 20, source: 'chain', values: [4, null] }
  const close = { unit: 'fraction', window: 20, source: 'bars', values: [0.12, 0.12] }
  const figures = { ...day.figures, volatility_spread: stored, realized_vol_close: close }
  const of = (estimator: 'yang_zhang' | 'close_to_close' | 'parkinson', index = 0) =>
    premiumAt({ ...day, figures }, 'volatility_spread', { estimator, index })
  expect(of('yang_zhang')).toMatchObject({ value: 4, basis: expect.stringMatching(/^volatility_spread/) })
  expect(of('close_to_close').value).toBeCloseTo(5, 9)
  expect(of('close_to_close').basis).toBe('100 · (iv30 − realized_vol_close)')
  expect(of('close_to_close', 1)).toMatchObject({ value: null, reason: 'no_bracket' })
  expect(of('parkinson')).toMatchObject({ value: null, reason: 'not known' })
  const asVariance = { estimator: 'close_to_close', index: 0 } as const
  const { value } = premiumAt({ ...day, figures }, 'variance_risk_premium', asVariance)
  expect(value).toBeCloseTo(0.17 ** 2 - 0.12 ** 2, 12)
})

test('figures of an earlier slot are said to be', () => {
  const { day } = answer()
  expect(figuresTime(day, 1, SLOTS[1]!)).toBeNull()
  expect(figuresTime(day, 1, '2026-11-20T15:10:00.000Z')).toBe('10:05')
  expect(figuresTime(day, -1, SLOTS[1]!)).toBeNull()
})

test('the day draws itself up to the slot', () => {
  expect(dayColumns(answer().day, 0)).toMatchObject({ iv: [17, null], vix: [17.2, null] })
})
