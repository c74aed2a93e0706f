import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aged, DEFAULT_VALUES, orDefault } from '../../src/analytics/measured.ts'
import type { Observation } from '../../src/analytics/ranks/rank.ts'
import { NO_REALIZED_HISTORY } from '../../src/analytics/realized/realized-history.ts'
import { type SlotMetricsInput, slotMetrics } from '../../src/analytics/slot-metrics.ts'
import { marketMetricsRow } from '../../src/analytics/stored/metrics-row.ts'
import { sessionsBetween } from '../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import { DEFINITION_VERSION } from '../../src/snapshot/definition-version.ts'
import { FUTURE_FIGURE_COLUMNS } from '../../src/snapshot/figures/future-figures.ts'
import { MARKET_METRICS_COLUMNS } from '../../src/snapshot/figures/market-metrics.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { makeChain, range, SLOT } from './chains.ts'
import { realizedPast } from './realized/past.ts'

const date = sessionDate('2026-11-20')
const sessions = sessionsBetween(sessionDate('2025-10-01'), date).map((session) => session.date)
const history = (source: 'chain' | 'ib_index', count: number, base: number): Observation[] =>
  sessions.slice(-count - 1, -1).map((day, at) => ({
    ...{ date: day, value: base + (at % 50) / 1_000, source },
    definitionVersion: source === 'chain' ? DEFINITION_VERSION : null,
  }))
const bars = (count: number) => Array.from({ length: count }, (_, at) => ({ close: 600 + at, iv30: 0.17 }))
const rows = makeChain({
  vol: (strike) => 0.17 - 0.3 * (strike / 680 - 1),
  expiries: ['20261127', '20261204', '20261218', '20261231', '20270115'],
  strikes: range(560, 800),
  // More puts below the price and more calls above it, so that the gamma exposure changes sign.
}).map((row) => ({ ...row, open_interest: row.strike > 680 === (row.right === 'C') ? 900 : 100 }))
const input: SlotMetricsInput = {
  slot: SLOT,
  symbol: 'SPY',
  date,
  rows,
  carry: { rateFraction: 0.04, dividends: [] },
  vix: 18.4,
  ivIndexFraction: 0.181,
  history: [...history('chain', 40, 0.15), ...history('ib_index', 252, 0.16)],
  sessions,
  dailyBars: bars(120),
  intradayBars: bars(200),
  ...realizedPast(sessions, SLOT),
}
const key = { timestamp: SLOT, symbol: 'SPY', date }
const storedOf = (changes: Partial<SlotMetricsInput>) =>
  marketMetricsRow(key, slotMetrics({ ...input, ...changes }))
const reasonsOf = (changes: Partial<SlotMetricsInput>) =>
  JSON.parse(storedOf(changes).null_reasons ?? '{}') as Record<string, string>

/** Columns that say what others are made from. */
const WITHOUT_REASON = ['null_reasons', 'iv_source', 'realized_source', 'figure_expirations']
const OF_FUTURES: string[] = FUTURE_FIGURE_COLUMNS.map(({ name }) => name)

describe('a sound slot', () => {
  test('has every figure and no reasons', () => {
    const row = storedOf({})
    expect(row.null_reasons).toBeNull()
    // A symbol without futures has none of their figures, and needs no reason for it.
    const missing = Object.entries(row).filter(([, value]) => value === null)
    expect(missing.map(([name]) => name)).toEqual(expect.arrayContaining(OF_FUTURES))
    expect(missing.filter(([name]) => name !== 'null_reasons' && !OF_FUTURES.includes(name))).toEqual([])
    expect(row).toMatchObject({
      underlying_price: 680,
      iv_source: 'ib_index',
      iv_observations: 252,
      vix: 18.4,
      trend_daily: 'up',
      trend_intraday: 'up',
      contracts: rows.length,
      with_iv: rows.length,
      put_call_volume_ratio: 1,
      vertical_violations: 0,
    })
    expect(row.iv30).toBeCloseTo(0.17, 2)
    expect(row.expected_move).toBeCloseTo(680 * row.iv30! * Math.sqrt(30 / 365), 9)
  })

  test('has a term slope of at-the-money volatility at 45 days against 14', () => {
    // Variance to expiry linear in time, so that nothing is lost between two expirations.
    const volOf = (days: number) => Math.sqrt(0.03 - 0.05 / days)
    const rising = makeChain({
      vol: (_, days) => volOf(days),
      expiries: ['20261127', '20261204', '20261218', '20261231', '20270115'],
      strikes: range(640, 720),
    })
    expect(storedOf({ rows: rising }).term_slope).toBeCloseTo(volOf(45) - volOf(14), 4)
    expect(reasonsOf({ rows: rising.filter(({ expiry }) => expiry < '20261231') }).term_slope).toBe(
      'no_bracket',
    )
  })

  test('has the columns of the table, all and no others', () => {
    expect(Object.keys(storedOf({})).sort()).toEqual(MARKET_METRICS_COLUMNS.map(({ name }) => name).sort())
  })

  test('gives the same bits whenever it is computed, in whatever order the rows come', () => {
    const again = slotMetrics(structuredClone(input) as SlotMetricsInput)
    expect(marketMetricsRow(key, again)).toEqual(storedOf({}))
    expect(storedOf({ rows: [...rows].reverse() })).toEqual(storedOf({}))
  })

  test('every figure comes with its basis', () => {
    const { figures } = slotMetrics(input)
    expect(figures.iv_percentile_60d).toMatchObject({
      definition: 'iv_percentile_60d',
      unit: 'percent',
      source: 'ib_index',
      window: 60,
      observations: 60,
      as_of: SLOT,
      is_default: false,
      reason: null,
    })
    expect(figures.iv_rank.definition).toBe('iv_rank_252d')
    expect(aged(figures.iv30, epochMs(SLOT + 90_000)).age_seconds).toBe(90)
  })
})

describe('ranks keep to one source', () => {
  test('our own history once it is as long, else that of IB with its own live value', () => {
    expect(storedOf({}).iv_rank).toBeCloseTo((100 * (0.181 - 0.16)) / 0.049, 6)
    const own = { history: [...history('chain', 252, 0.15), ...history('ib_index', 252, 0.16)] }
    const row = storedOf(own)
    expect(row.iv_source).toBe('chain')
    expect(row.iv_rank).toBeCloseTo((100 * (row.iv30! - 0.15)) / 0.049, 6)
  })

  test("without IB's live value its history is of no use", () => {
    expect(storedOf({ ivIndexFraction: null })).toMatchObject({ iv_source: 'chain', iv_observations: 40 })
  })

  test('a symbol without a history has no rank, and a default only for callers that ask', () => {
    const { figures } = slotMetrics({ ...input, history: [] })
    expect(figures.iv_rank).toMatchObject({ value: null, reason: 'too_few_observations', observations: 0 })
    expect(orDefault(figures.iv_rank, DEFAULT_VALUES.rank)).toMatchObject({
      value: 50,
      reason: null,
      is_default: true,
    })
    expect(orDefault(figures.iv30, 0.5)).toBe(figures.iv30)
    expect(reasonsOf({ history: [] })).toMatchObject({ iv_rank: 'too_few_observations' })
    expect(storedOf({ history: [] }).iv_source).toBeNull()
  })
})

test('an empty slot has nothing but reasons', () => {
  const nothing = {
    ...{ rows: [], vix: null, ivIndexFraction: null, history: [], dailyBars: [], intradayBars: [] },
    ...{ realized: NO_REALIZED_HISTORY, todayBars: [] },
  }
  const row = storedOf(nothing)
  const there = [
    'timestamp',
    'symbol',
    'date',
    'contracts',
    'with_iv',
    'iv_observations',
    'definition_version',
    ...WITHOUT_REASON,
    ...OF_FUTURES,
  ]
  const reasons = reasonsOf(nothing)
  for (const { name } of MARKET_METRICS_COLUMNS) {
    if (there.includes(name)) continue
    expect(row[name], name).toBeNull()
    expect(reasons[name], name).toBeTruthy()
  }
  expect(row).toMatchObject({ contracts: 0, with_iv: 0, iv_observations: 0, iv_source: null })
})

test('whatever the quotes, no figure is NaN or infinite, and every null has a reason', () => {
  const value = fc.oneof(
    fc.constantFrom(null, 0, -1, 0.01, 1e9, Number.NaN, Number.POSITIVE_INFINITY),
    fc.double({ min: 0, max: 60, noNaN: true }),
  )
  const fault = fc.record(
    {
      bid: value,
      ask: value,
      iv: value,
      delta: fc.oneof(value, fc.double({ min: -1, max: 1, noNaN: true })),
      gamma: value,
      volume: value,
      open_interest: value,
      underlying_price: fc.constantFrom(680, 681, null, 0, Number.NaN),
      expiry: fc.constantFrom('20261119', '20261120', '20261223'),
    },
    { requiredKeys: [] },
  )
  const sound = makeChain({
    vol: () => 0.17,
    expiries: ['20261204', '20261218', '20261231'],
    strikes: range(670, 690, 2),
  })
  const faults = fc.array(fc.tuple(fc.nat(sound.length - 1), fault), { maxLength: 500, size: 'max' })
  let found = 0
  let missing = 0
  fc.assert(
    fc.property(faults, (changes) => {
      const broken = [...sound]
      for (const [at, change] of changes) broken[at] = { ...(broken[at] as SnapshotRow), ...change }
      const row = storedOf({ rows: broken })
      const reasons = JSON.parse(row.null_reasons ?? '{}') as Record<string, string>
      if (row.iv30 === null) missing++
      else found++
      for (const [name, cell] of Object.entries(row)) {
        if (typeof cell === 'number') expect(Number.isFinite(cell), `${name} is ${cell}`).toBe(true)
        if (cell === null && !WITHOUT_REASON.includes(name) && !OF_FUTURES.includes(name)) {
          expect(reasons[name], name).toBeTruthy()
        }
      }
    }),
    { numRuns: 150, seed: 5 },
  )
  expect(found).toBeGreaterThan(0)
  expect(missing).toBeGreaterThan(0)
})
