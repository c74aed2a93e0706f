import { expect, test } from 'vitest'
import { observationTimes } from '../../../src/analytics/figure-session.ts'
import { slotMetrics } from '../../../src/analytics/slot-metrics.ts'
import { marketMetricsRow } from '../../../src/analytics/stored/metrics-row.ts'
import { observationRow } from '../../../src/analytics/stored/observation.ts'
import { historyAt, marketData, readHistory } from '../../../src/analytics/stored/reader.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { replaceDay, upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant, sessionOn } from '../../../src/market/calendar.ts'
import { epochMs } from '../../../src/market/units.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import { readingLake, temporaryLake } from '../../lake/lakes.ts'
import { after, DAY, SLOT, slotOf } from '../../lake/slots.ts'
import { ibIndexHistory, makeChain, range } from '../chains.ts'

const carry = { rateFraction: 0.04, dividends: [] }
const chainAt = (slot: typeof SLOT, spot: number) =>
  makeChain({
    at: slot,
    spot,
    vol: (strike) => Math.round(1e6 * (0.17 - 0.3 * (strike / spot - 1))) / 1e6,
    expiries: ['20261204', '20261218', '20261231', '20270115'],
    strikes: range(620, 740),
  })

const dailyHistory = () => ibIndexHistory('SPY', SLOT)

test('figures computed from the lake later are those stored with the slot, bit for bit', async () => {
  const lake = await temporaryLake()
  await upsert(lake, DAILY_OBSERVATIONS, dailyHistory())
  const vix = 17.25
  for (let at = 0; at < 3; at++) {
    const slot = after(at)
    const rows = chainAt(slot, 680 + at)
    const past = historyAt(await readHistory(lake, DAY, 'SPY'), 'SPY', { at: slot, date: DAY }, sessionOn)
    const input = { slot, symbol: 'SPY', date: DAY, rows, carry, vix, ivIndexFraction: 0.17, ...past }
    await append(lake, slotOf({ SPY: rows }, slot))
    const row = marketMetricsRow({ timestamp: slot, symbol: 'SPY', date: DAY }, slotMetrics(input))
    await upsert(lake, MARKET_METRICS, [row])
  }
  const reader = await readingLake(lake.layout.root)
  const stored = await readRows(reader, MARKET_METRICS, { symbol: 'SPY' })
  expect(stored).toHaveLength(3)
  for (const [at, row] of stored.entries()) {
    const data = await marketData(reader, 'SPY', { carry, at: after(at) })
    expect(data?.slot).toBe(after(at))
    expect(marketMetricsRow({ timestamp: after(at), symbol: 'SPY', date: DAY }, data!)).toEqual(row)
  }
  expect(stored[2]).toMatchObject({ underlying_price: 682, vix, iv_source: 'ib_index', iv_observations: 252 })
  expect(stored[2]?.trend_daily).toBe('up')
  const newest = await marketData(reader, 'SPY', { carry })
  expect(newest?.figures.iv_rank).toMatchObject({
    window: 252,
    observations: 252,
    as_of: after(2),
    reason: null,
  })

  const day = observationRow(stored, observationTimes(DAY, { symbol: 'SPY' })!, epochMs(SLOT + 1))
  await replaceDay(lake, DAILY_OBSERVATIONS, { date: DAY, rows: [day!] })
  expect(await readRows(lake, DAILY_OBSERVATIONS, { from: DAY })).toEqual([day])
})

test('a symbol that was never collected has no figures, and a first slot has reasons instead of ranks', async () => {
  const lake = await temporaryLake()
  expect(await marketData(lake, 'SPY', { carry })).toBeNull()
  await append(lake, slotOf({ SPY: chainAt(SLOT, 680) }))
  expect(await marketData(lake, 'QQQ', { carry })).toBeNull()
  const data = await marketData(lake, 'SPY', { carry })
  expect(data?.figures.iv30.value).toBeCloseTo(0.17, 2)
  expect(data?.figures.iv_rank).toMatchObject({
    value: null,
    reason: 'too_few_observations',
    observations: 0,
  })
  expect(data?.figures.trend_daily.reason).toBe('too_few_bars')
  expect(data?.figures.iv30_ib_index.reason).toBe('not_received')
})

test('intraday bars are of five minutes however close the slots are, of the session only, and before the slot', () => {
  const empty = slotMetrics({
    ...{ slot: SLOT, symbol: 'SPY', date: DAY, rows: [], carry, vix: null, ivIndexFraction: null },
    ...{ history: [], sessions: [], dailyBars: [], intradayBars: [] },
  })
  const at = (clock: string, close: number | null) => ({
    ...marketMetricsRow({ timestamp: newYorkInstant(DAY, clock), symbol: 'SPY', date: DAY }, empty),
    underlying_price: close,
  })
  const metrics = [
    at('09:30', 680),
    at('09:31', 681),
    at('09:34', 682),
    at('09:35', 683),
    at('09:36', null),
    at('09:40', 685),
    at('09:42', 686),
    at('09:43', 687),
    at('16:05', 700),
  ]
  const barsAt = (clock: string) =>
    historyAt(
      { observed: [], metrics },
      'SPY',
      { at: newYorkInstant(DAY, clock), date: DAY },
      sessionOn,
    ).intradayBars.map(({ close }) => close)
  expect(barsAt('09:43')).toEqual([682, 683])
  expect(barsAt('09:45')).toEqual([682, 683, 687])
  expect(barsAt('16:10')).toEqual([682, 683, 687])
  expect(
    historyAt({ observed: [], metrics }, 'QQQ', { at: newYorkInstant(DAY, '16:10'), date: DAY }, sessionOn)
      .intradayBars,
  ).toEqual([])
})

test("closes are those of IB where it has them, else our own, with volatilities of today's definitions, and today's never enters", async () => {
  const lake = await temporaryLake()
  const [base] = dailyHistory() as [ObservationRow]
  const ofToday = { definition_version: DEFINITION_VERSION }
  await upsert(lake, DAILY_OBSERVATIONS, [
    { ...base, date: '2026-11-17', source: 'chain', close: 669, iv30: 0.14 },
    { ...base, ...ofToday, date: '2026-11-18', source: 'chain', close: 670, iv30: 0.16 },
    { ...base, date: '2026-11-18', source: 'ib_index', close: 671, iv30: 0.2 },
    { ...base, date: '2026-11-19', source: 'chain', close: 672, iv30: null },
    { ...base, date: DAY, source: 'ib_index', close: 999, iv30: 0.9 },
  ])
  const past = historyAt(await readHistory(lake, DAY, 'SPY'), 'SPY', { at: SLOT, date: DAY }, sessionOn)
  // The volatility of the 17th follows an older definition.
  expect(past.dailyBars).toEqual([
    { close: 669, iv30: null },
    { close: 671, iv30: 0.16 },
    { close: 672, iv30: null },
  ])
  expect(past.history.map(({ source, value }) => [source, value])).toEqual([
    ['chain', 0.14],
    ['chain', 0.16],
    ['ib_index', 0.2],
  ])
})
