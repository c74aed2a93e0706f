import { describe, expect, test } from 'vitest'
import { observationTimes } from '../../src/analytics/figure-session.ts'
import { slotMetrics } from '../../src/analytics/slot-metrics.ts'
import { marketMetricsRow } from '../../src/analytics/stored/metrics-row.ts'
import { type ObservedSlot, observationRow } from '../../src/analytics/stored/observation.ts'
import { historyAt, marketData } from '../../src/analytics/stored/reader.ts'
import { append } from '../../src/lake/write/append.ts'
import { newYorkInstant, newYorkTime, sessionOn } from '../../src/market/calendar.ts'
import type { InstrumentKind } from '../../src/market/instrument.ts'
import { calendarSessionOn } from '../../src/market/trade-dates.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import { DEFINITION_VERSION } from '../../src/snapshot/definition-version.ts'
import { readingLake, temporaryLake } from '../lake/lakes.ts'
import { slotOf } from '../lake/slots.ts'
import { SLOT } from './chains.ts'
import { esRows, RATE, spxRows, vixRows } from './index-chains.ts'

const FRIDAY = sessionDate('2026-11-20')
const AFTER_THANKSGIVING = sessionDate('2026-11-27')
const carry = { rateFraction: RATE, dividends: [] }
const nothing = {
  ...{ vix: null, ivIndexFraction: null, history: [], sessions: [], dailyBars: [], intradayBars: [] },
}
const figuresOf = (symbol: string, rows: ReturnType<typeof esRows>, kind: InstrumentKind) =>
  slotMetrics({ ...nothing, slot: SLOT, date: FRIDAY, symbol, kind, rows, carry }).figures

describe('the slots of a daily observation', () => {
  test.each([
    ['SPY', null, FRIDAY, '15:30', '15:55'],
    ['SPX', 'IND', FRIDAY, '15:30', '15:55'],
    ['ES', 'FOP', FRIDAY, '15:30', '15:55'],
    ['CL', 'FOP', FRIDAY, '14:00', '14:25'],
    ['CL', 'STK', FRIDAY, '15:30', '15:55'],
    ['SPX', 'IND', AFTER_THANKSGIVING, '12:35', '12:55'],
    ['ES', 'FOP', AFTER_THANKSGIVING, '12:35', '12:55'],
    ['CL', 'FOP', AFTER_THANKSGIVING, '12:35', '12:55'],
  ] as const)('%s, %s on %s', (symbol, kind, date, from, to) => {
    const { window } = observationTimes(date, { symbol, kind })!
    expect([newYorkTime(window.from), newYorkTime(window.to)]).toEqual([from, to])
  })

  test('a future closes later than the window, with the price of its own last slot', () => {
    const slots: ObservedSlot[] = ['09:00', '15:30', '15:55', '16:55'].map((clock, at) => ({
      ...{ timestamp: newYorkInstant(FRIDAY, clock), symbol: 'ES', iv30: 0.1 + at / 100 },
      ...{ underlying_price: 6_800 + at, vix: null, definition_version: DEFINITION_VERSION },
    }))
    const evening = {
      ...(slots[0] as ObservedSlot),
      timestamp: newYorkInstant(sessionDate('2026-11-19'), '18:00'),
    }
    const at = epochMs(newYorkInstant(FRIDAY, '17:00'))
    const ofFuture = observationRow(
      [...slots, evening],
      observationTimes(FRIDAY, { symbol: 'ES', kind: 'FOP' })!,
      at,
    )
    expect(ofFuture).toMatchObject({
      iv30: 0.115,
      close: 6_803,
      cycles: 2,
      definition_version: DEFINITION_VERSION,
    })
    const ofStock = observationRow(
      [...slots, evening],
      observationTimes(FRIDAY, { symbol: 'ES', kind: 'STK' })!,
      at,
    )
    expect(ofStock).toMatchObject({ iv30: 0.115, close: 6_802 })
  })

  test('there is none where the stock exchange is closed', () => {
    const thanksgiving = sessionDate('2026-11-26')
    for (const kind of ['STK', 'FOP'] as const) {
      expect(observationTimes(thanksgiving, { symbol: 'ES', kind })).toBeNull()
    }
  })
})

test('a slot of an evening is of the trade date that its rows have', async () => {
  const lake = await temporaryLake()
  const evening = newYorkInstant(sessionDate('2026-11-19'), '18:05')
  const rows = esRows().map((row) => ({ ...row, timestamp: evening, quoted_at: evening }))
  await append(lake, slotOf({ ES: rows }, evening, FRIDAY))
  const data = await marketData(await readingLake(lake.layout.root), 'ES', { carry })
  expect(data).toMatchObject({ date: FRIDAY, slot: evening })
  expect(data?.figures.underlying_price.value).toBe(6_830)
  // The price of the slot is one bar: it lies in the session, though before midnight.
  expect(data?.figures.trend_intraday).toMatchObject({ reason: 'too_few_bars', observations: 1 })
})

test('bars of futures go on through the night', () => {
  const empty = slotMetrics({ ...nothing, slot: SLOT, date: FRIDAY, symbol: 'ES', rows: [], carry })
  const metrics = (['2026-11-19', '2026-11-20'] as const).flatMap((day) =>
    (day === '2026-11-19' ? ['18:00', '23:55'] : ['08:00', '16:30']).map((clock) => ({
      ...marketMetricsRow(
        { timestamp: newYorkInstant(sessionDate(day), clock), symbol: 'ES', date: FRIDAY },
        empty,
      ),
      underlying_price: 6_800,
    })),
  )
  const at = { at: newYorkInstant(FRIDAY, '16:50'), date: FRIDAY }
  const barsIn = (sessions: typeof sessionOn) =>
    historyAt({ observed: [], metrics }, 'ES', at, sessions).intradayBars.length
  expect(barsIn((date) => calendarSessionOn(date, 'cme-equity'))).toBe(4)
  expect(barsIn(sessionOn)).toBe(3)
})

describe('figures by symbol', () => {
  test('SPX takes the two expirations around 30 days of all classes', () => {
    const rows = spxRows()
    const { iv30, expected_move, underlying_price } = figuresOf('SPX', rows, 'IND')
    expect(underlying_price.value).toBe(6_800)
    expect(iv30).toMatchObject({ reason: null, observations: 5 })
    expect(iv30.value).toBeGreaterThan(0.172)
    expect(iv30.value).toBeLessThan(0.176)
    expect(expected_move.value).toBeCloseTo(6_800 * iv30.value! * Math.sqrt(30 / 365), 6)
    // Without the weekly class of the Friday, the monthly class of the same morning takes its place.
    const monthly = rows.filter(({ expiry }) => expiry !== '20261218')
    const other = figuresOf('SPX', monthly, 'IND').iv30
    expect(other.value).not.toBe(iv30.value)
    expect(other.value).toBeCloseTo(iv30.value!, 2)
  })

  test('ES: one volatility over two futures', () => {
    const { iv30, underlying_price } = figuresOf('ES', esRows(), 'FOP')
    expect(underlying_price.value).toBe(6_830)
    expect(iv30.value).toBeGreaterThan(0.16)
    expect(iv30.value).toBeLessThan(0.18)
  })

  test('the VIX moves by the volatility of its forward', () => {
    const { iv30, expected_move, underlying_price } = figuresOf('VIX', vixRows(), 'IND')
    expect(underlying_price.value).toBe(15)
    expect(iv30.value).toBeGreaterThan(0.75)
    expect(iv30.value).toBeLessThan(0.85)
    // At 30 days the forward is about 18.
    expect(expected_move.value! / (iv30.value! * Math.sqrt(30 / 365))).toBeCloseTo(18, 0)
  })

  test('futures without options say so', () => {
    const metrics = slotMetrics({
      ...nothing,
      slot: SLOT,
      date: FRIDAY,
      symbol: 'ES',
      kind: 'FUT',
      rows: [],
      carry,
    })
    const row = marketMetricsRow({ timestamp: SLOT, symbol: 'ES', date: FRIDAY }, metrics)
    const reasons = JSON.parse(row.null_reasons ?? '{}')
    for (const name of ['iv30', 'mfiv30', 'iv_rank', 'skew_25d', 'put_call_oi_ratio', 'zero_bid_share']) {
      expect(reasons[name], name).toBe('no_options')
    }
    expect(reasons.underlying_price).toBe('no_underlying_price')
    expect(reasons.trend_daily).toBe('too_few_bars')
    expect(row.definition_version).toBe(DEFINITION_VERSION)
  })
})
