import { expect, test } from 'vitest'
import { atTheMoneyPath, type PathRow } from '../../../src/analytics/answers/at-the-money-path.ts'
import { dayFigures } from '../../../src/analytics/answers/day-figures.ts'
import { pricePath } from '../../../src/analytics/answers/price-path.ts'
import { slotMetrics } from '../../../src/analytics/slot-metrics.ts'
import { marketMetricsRow } from '../../../src/analytics/stored/metrics-row.ts'
import { historyAt } from '../../../src/analytics/stored/reader.ts'
import { newYorkInstant, sessionOn } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import { ibIndexHistory, makeChain, range, rowOf, SLOT } from '../chains.ts'

const DATE = sessionDate('2026-11-20')
const millionths = (value: number | null) => Math.round(value! * 1e6) / 1e6

test('the figures of a day come column by column, each null with its reason', () => {
  const past = historyAt(
    { observed: ibIndexHistory('SPY'), metrics: [] },
    'SPY',
    { at: SLOT, date: DATE },
    sessionOn,
  )
  const carry = { rateFraction: 0.04, dividends: [] }
  const rows = makeChain({
    vol: () => 0.17,
    expiries: ['20261218', '20261231'],
    strikes: range(650, 710, 10),
  })
  const input = { slot: SLOT, symbol: 'SPY', date: DATE, carry, vix: null, ivIndexFraction: 0.16, ...past }
  const key = { timestamp: SLOT, symbol: 'SPY', date: DATE }
  const row = marketMetricsRow(key, slotMetrics({ ...input, rows }))
  const day = dayFigures([row, { ...row, timestamp: SLOT + 300_000, vix: 17, null_reasons: 'spoiled' }])
  expect(day.slots).toEqual(['2026-11-20T16:00:00.000Z', '2026-11-20T16:05:00.000Z'])
  const { iv30, iv_rank, vix, realized_vol_yang_zhang: realized } = day.figures
  expect(iv30).toEqual({
    unit: 'fraction',
    window: null,
    source: 'chain',
    values: [millionths(row.iv30), millionths(row.iv30)],
  })
  expect(iv30.values[0]).toBeCloseTo(0.17, 3)
  expect(iv_rank).toMatchObject({
    source: 'ib_index',
    window: 252,
    values: [millionths(row.iv_rank), millionths(row.iv_rank)],
  })
  expect(vix).toMatchObject({ values: [null, 17], reasons: ['not_received', null] })
  // The second row does not say why, and nothing is invented.
  expect(realized).toMatchObject({ values: [null, null], reasons: ['too_few_sessions', null] })
  expect(day.iv30_expirations).toEqual([
    ['20261218', '20261231'],
    ['20261218', '20261231'],
  ])
  expect(dayFigures([])).toMatchObject({ slots: [], figures: { iv30: { values: [], source: null } } })
})

const option = (over: Partial<PathRow>): PathRow => rowOf({ iv: 0.2, greeks_source: 'ib_model', ...over })

test('the path at the money has call and put of the nearest strike of each slot', () => {
  const second = SLOT + 300_000
  const path = atTheMoneyPath([
    option({ timestamp: second, strike: 681, bid: 4, ask: 4.2 }),
    option({ right: 'C', bid: 5, ask: 5.2, iv: 0.2 }),
    option({ right: 'P', bid: 4, ask: 4.2, iv: 0.22, greeks_source: 'own', flags: QUALITY_FLAGS.wide }),
  ])
  expect(path).toMatchObject({
    slots: ['2026-11-20T16:00:00.000Z', '2026-11-20T16:05:00.000Z'],
    strike: [680, 681],
    underlying: [680, 680],
    greeks_source: ['mixed', 'ib_model'],
    flags: [['wide'], []],
    put_bid: [4, null],
  })
  expect(path.iv[0]).toBeCloseTo(0.21, 12)
  expect(path.straddle[0]).toBeCloseTo(9.2, 12)
  expect(path.straddle[1]).toBeNull()
})

test('a stale quote at the money makes neither straddle nor volatility', () => {
  const stale = { flags: QUALITY_FLAGS.stale }
  const path = atTheMoneyPath([option({ ...stale }), option({ right: 'P', ...stale })])
  expect(path).toMatchObject({ iv: [null], straddle: [null], call_bid: [10], flags: [['stale']] })
})

test('of two strikes equally near the lower one with both options is taken', () => {
  const rows = [679, 681].flatMap((strike) => [option({ strike }), option({ strike, right: 'P' })])
  expect(atTheMoneyPath(rows).strike).toEqual([679])
  expect(atTheMoneyPath(rows.slice(1)).strike).toEqual([681])
})

test('the price path has every slot of the first sessions and fewer of later ones, each with its last', () => {
  const dates = ['2026-11-20', '2026-11-23', '2026-11-24', '2026-11-25', '2026-11-27'].map(sessionDate)
  const prices = dates.flatMap((date) => {
    const { openAt, closeAt } = sessionOn(date)!
    const count = (closeAt - openAt) / 300_000
    return Array.from({ length: count }, (_, at) => ({
      slot: epochMs(openAt + at * 300_000),
      price: 680 + at,
    }))
  })
  const path = pricePath(prices, { date: DATE, sessionOn })
  const on = (date: string) => path.slots.filter((slot) => slot.startsWith(date))
  expect(dates.map((date) => on(date).length)).toEqual([78, 78, 78, 14, 8])
  expect(on('2026-11-27').at(-1)).toBe(new Date(newYorkInstant(dates[4]!, '12:55')).toISOString())
  expect(path.sessions[0]).toEqual({
    ...{ date: '2026-11-20', open: '2026-11-20T14:30:00.000Z', close: '2026-11-20T21:00:00.000Z' },
  })
  expect(path.sessions.at(-1)!.date).toBe('2027-02-26')
  expect(path.prices).toHaveLength(path.slots.length)
})
