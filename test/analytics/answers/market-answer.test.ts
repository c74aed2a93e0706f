import { expect, test } from 'vitest'
import { datesToRead, daysUpTo, ivAnswer } from '../../../src/analytics/answers/iv-answer.ts'
import { marketAnswer } from '../../../src/analytics/answers/market-answer.ts'
import { type SlotMetricsInput, slotMetrics } from '../../../src/analytics/slot-metrics.ts'
import { historyAt, type MarketData } from '../../../src/analytics/stored/reader.ts'
import { sessionOn } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import { QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import { ibIndexHistory, makeChain, range, SLOT } from '../chains.ts'

const DATE = sessionDate('2026-11-20')
const asked = { symbol: 'SPY', now: epochMs(SLOT + 90_000), defaults: false }
const year = { symbol: 'SPY', now: asked.now, ...daysUpTo(DATE, 365) }
const rows = makeChain({
  vol: () => 0.17,
  expiries: ['20261204', '20261218', '20261231'],
  strikes: range(640, 720),
})

function dataOf(observed: readonly ObservationRow[], change: Partial<SlotMetricsInput> = {}): MarketData {
  const past = historyAt({ observed, metrics: [] }, 'SPY', { at: SLOT, date: DATE }, sessionOn)
  const carry = { rateFraction: 0.04, dividends: [] }
  const input = {
    slot: SLOT,
    symbol: 'SPY',
    date: DATE,
    rows,
    carry,
    vix: null,
    ivIndexFraction: 0.17,
    ...past,
    ...change,
  }
  return { symbol: 'SPY', slot: SLOT, date: DATE, ...slotMetrics(input) }
}

const OURS = { source: 'chain', definition_version: DEFINITION_VERSION }
const ours = (count: number) =>
  ibIndexHistory('SPY')
    .slice(-count)
    .map((row) => ({ ...row, ...OURS, iv30: 0.2, cycles: 6 }))

test('every figure comes with unit, window, fill, source, time, age and, if it is null, its reason', () => {
  const { figures, slot, age_seconds, expirations } = marketAnswer(dataOf(ibIndexHistory('SPY')), asked)
  expect([slot, age_seconds]).toEqual(['2026-11-20T16:00:00.000Z', 90])
  for (const [name, figure] of Object.entries(figures)) {
    const basis = [
      'definition',
      'unit',
      'source',
      'window',
      'observations',
      'observations_of',
      'fill',
      'as_of',
      'age_seconds',
      'is_default',
    ]
    for (const key of basis) expect(figure, name).toHaveProperty(key)
    expect(figure.value === null, name).toBe(figure.reason !== null)
  }
  expect(figures.iv_rank_60d).toMatchObject({ window: 60, observations: 60, fill: 1, source: 'ib_index' })
  expect(figures.vix).toMatchObject({ value: null, reason: 'not_received', fill: null })
  expect(expirations.map(({ expiry }) => expiry)).toEqual(['20261204', '20261218', '20261231'])
  expect(expirations[0]?.iv).toBeCloseTo(0.17, 4)
})

test('rows are counted by quality flag', () => {
  const { delayed, wide } = QUALITY_FLAGS
  const odd = rows.map((row, at) => ({ ...row, flags: at < 3 ? delayed | wide : at < 10 ? delayed : 0 }))
  expect(marketAnswer(dataOf([], { rows: odd }), asked).flags).toEqual({ wide: 3, delayed: 10 })
  expect(marketAnswer(null, asked).flags).toEqual({})
})

test('defaults replace missing figures only, and only for callers that ask for them', () => {
  const data = dataOf([])
  expect(JSON.stringify(marketAnswer(data, asked))).not.toContain('"is_default":true')
  const { figures } = marketAnswer(data, { ...asked, defaults: true })
  const marked = Object.entries(figures).filter(([, { is_default }]) => is_default)
  expect(Object.fromEntries(marked.map(([name, { value }]) => [name, value]))).toEqual({
    iv_rank: 50,
    iv_rank_126d: 50,
    iv_rank_60d: 50,
    iv_percentile: 50,
    iv_percentile_126d: 50,
    iv_percentile_60d: 50,
    vix: 18,
    trend_daily: 'neutral',
    trend_intraday: 'neutral',
  })
  expect(figures.iv30).toMatchObject({ is_default: false, reason: null })
})

test("a history is of one source: IB's until ours reaches as far", () => {
  const theirs = ibIndexHistory('SPY')
  const young = [...theirs, ...ours(30)]
  const answer = ivAnswer(dataOf(young), young, year)
  expect(answer).toMatchObject({ iv_source: 'ib_index', current: { value: 0.17 } })
  expect(answer.history.every(({ iv30 }) => iv30 !== 0.2)).toBe(true)
  expect(answer.low?.iv30).toBe(0.15)
  expect(answer.high?.iv30).toBe(0.189)
  const grown = [...theirs, ...ours(252)]
  const own = ivAnswer(dataOf(grown), grown, year)
  expect(own.iv_source).toBe('chain')
  expect(own.current.value).toBeCloseTo(0.17, 4)
  expect(own.ranks.iv_rank).toMatchObject({ value: null, reason: 'flat_window', observations: 252 })
})

test('the range limits the history and not the ranks', () => {
  const theirs = ibIndexHistory('SPY')
  const month = { ...year, ...daysUpTo(DATE, 30) }
  const answer = ivAnswer(dataOf(theirs), theirs, month)
  expect(answer.history).toHaveLength(22)
  expect(answer.from).toBe('2026-10-21')
  expect(answer.ranks.iv_rank.observations).toBe(252)
})

test('before the first slot the answer has the history and the number of sessions that ranks could use', () => {
  const theirs = ibIndexHistory('SPY')
  const week = { ...year, ...daysUpTo(DATE, 7) }
  const { from, to } = datesToRead(null, week)
  const read = theirs.filter(({ date }) => date >= from && date <= to)
  const answer = ivAnswer(null, read, week)
  expect(answer).toMatchObject({ slot: null, iv_source: 'ib_index', current: { value: null } })
  expect(answer.history).toHaveLength(5)
  expect(answer.ranks.iv_rank).toMatchObject({
    value: null,
    reason: 'no_current_value',
    source: 'ib_index',
    observations: 252,
    as_of: null,
    age_seconds: null,
  })
  expect(datesToRead(dataOf(theirs), week)).toEqual({ from: week.from, to: week.to })
})

test('a symbol without data has an answer of nulls with reasons', () => {
  const answer = ivAnswer(null, [], year)
  expect(answer).toMatchObject({ slot: null, iv_source: 'chain', low: null, high: null, history: [] })
  expect(answer.current).toMatchObject({ value: null, reason: 'no_chain', as_of: null })
  expect(answer.ranks.iv_percentile.value).toBeNull()
  expect(JSON.stringify(marketAnswer(null, asked))).not.toMatch(/NaN|1970/)
})
