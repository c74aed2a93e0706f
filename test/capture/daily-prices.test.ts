import { expect, test } from 'vitest'
import { backfill, historyCoverage } from '../../src/capture/backfill.ts'
import type { BarsRequest, DailyBar } from '../../src/gateway/session/requests/contracts.ts'
import type { Session } from '../../src/gateway/session/session.ts'
import type { Lake } from '../../src/lake/open.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../src/lake/tables/small-tables.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { newYorkInstant, sessionsBetween } from '../../src/market/calendar.ts'
import { type Clock, systemClock } from '../../src/market/clock.ts'
import { conId, type SessionDate, sessionDate } from '../../src/market/units.ts'
import { ibIndexHistory } from '../analytics/chains.ts'
import { temporaryLake } from '../lake/lakes.ts'

const EVENING = newYorkInstant(sessionDate('2026-11-20'), '18:00')
const SESSIONS = sessionsBetween(sessionDate('2026-06-01'), sessionDate('2026-11-20')).map(({ date }) => date)
const NVDA = { symbol: 'NVDA', secType: 'STK', exchange: 'SMART', currency: 'USD', conId: conId(7) } as const

/** A gateway whose prices are multiplied by `scale`, as after a split; it has the last `days` sessions that it is asked for. */
function gateway(scale: number) {
  const asked: string[] = []
  const barOf = (date: SessionDate, at: number): DailyBar => {
    const close = scale * (100 + (at % 7))
    return { date, open: close * 0.99, high: close * 1.02, low: close * 0.98, close, volume: 1 }
  }
  const dailyBars = async (_: unknown, { days, what }: BarsRequest) => {
    asked.push(`${what} ${days}`)
    const bars = SESSIONS.map(barOf).slice(-days)
    return what === 'TRADES' ? bars : bars.map((bar) => ({ ...bar, close: 0.3 }))
  }
  return { asked, session: { dailyBars } as unknown as Session }
}

async function fetchFrom(lake: Lake, scale: number, days: number): Promise<string[]> {
  const { asked, session } = gateway(scale)
  const clock: Clock = { ...systemClock, now: () => EVENING, sleep: async () => {} }
  const requests = (['TRADES', 'OPTION_IMPLIED_VOLATILITY'] as const).map((what) => ({
    ...{ symbol: 'NVDA', what, days },
  }))
  const { signal } = new AbortController()
  await backfill(session, lake, requests, { found: new Map([['NVDA', NVDA]]), clock, signal })
  return asked
}

test('daily bars are stored with open, high and low, which the volatilities of the same dates leave alone', async () => {
  const lake = await temporaryLake()
  await fetchFrom(lake, 1, 365)
  const rows = await readRows(lake, DAILY_OBSERVATIONS, { symbol: 'NVDA' })
  expect(rows).toHaveLength(SESSIONS.length)
  for (const { open, high, low, close, iv30, source } of rows) {
    expect([source, iv30]).toEqual(['ib_index', 0.3])
    expect(open! / close!).toBeCloseTo(0.99, 12)
    expect(high! / close!).toBeCloseTo(1.02, 12)
    expect(low! / close!).toBeCloseTo(0.98, 12)
  }
})

test('after a split every stored day is fetched again, and without one only the days that are asked for', async () => {
  const lake = await temporaryLake()
  await fetchFrom(lake, 1, 365)
  expect(await fetchFrom(lake, 1, 10)).toEqual(['TRADES 10', 'OPTION_IMPLIED_VOLATILITY 10'])
  // From 1 June to 20 November, both included.
  expect(await fetchFrom(lake, 0.1, 10)).toEqual(['TRADES 10', 'TRADES 173', 'OPTION_IMPLIED_VOLATILITY 10'])
  const rows = await readRows(lake, DAILY_OBSERVATIONS, { symbol: 'NVDA' })
  expect(rows.every(({ close }) => close! < 11)).toBe(true)
})

test('days that an older version stored without high and low are counted', async () => {
  const lake = await temporaryLake()
  await upsert(lake, DAILY_OBSERVATIONS, ibIndexHistory('NVDA'))
  const item = { symbol: 'NVDA', what: 'TRADES' } as const
  const [older] = await historyCoverage(lake, [item], EVENING)
  expect(older!.sessions).toBeGreaterThan(200)
  expect(older!.withoutRange).toBe(older!.sessions)
  await fetchFrom(lake, 1, 365)
  const [complete] = await historyCoverage(lake, [item], EVENING)
  expect(complete!.withoutRange).toBe(complete!.sessions - SESSIONS.length)
})
