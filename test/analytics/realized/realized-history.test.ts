import { expect, test } from 'vitest'
import { realizedHistory } from '../../../src/analytics/realized/realized-history.ts'
import { barObservation } from '../../../src/analytics/stored/bar-observations.ts'
import { sessionOn, sessionsBetween } from '../../../src/market/calendar.ts'
import { epochMs, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import type { UnderlyingBarRow } from '../../../src/snapshot/underlying-bars.ts'
import { barsUntil } from './past.ts'

const TODAY = sessionDate('2026-11-20')
const sessions = sessionsBetween(sessionDate('2026-06-01'), TODAY).map(({ date }) => date)
const past = sessions.slice(0, -1)

function observation(date: SessionDate, own: Partial<ObservationRow>): ObservationRow {
  return {
    ...{ symbol: 'SPY', date, source: 'ib_index', iv30: null, close: null, vix: null, cycles: null },
    ...{ recorded_at: sessionOn(date)!.closeAt, definition_version: null },
    ...NO_DAILY_PRICES,
    ...own,
  }
}

const ofBars = (date: SessionDate, own: Partial<ObservationRow> = {}) =>
  observation(date, {
    ...{ source: 'bars', definition_version: DEFINITION_VERSION },
    ...{ open: 100, high: 103, low: 99, close: 102, overnight_return: 0.01, realized_variance: 1e-4 },
    ...own,
  })
const ofIb = (date: SessionDate, own: Partial<ObservationRow> = {}) =>
  observation(date, { open: 100, high: 103, low: 99, close: 102, ...own })
const historyOf = (observed: readonly ObservationRow[]) =>
  realizedHistory(observed, { symbol: 'SPY', before: TODAY, sessions, sessionOn })

test("the gateway's daily bars are used until our own have as many sessions", () => {
  const ib = past.map((date) => ofIb(date))
  const recent = past.slice(-30).map((date) => ofBars(date))
  const mixed = historyOf([...ib, ...recent])
  expect(mixed.source).toBe('ib_index')
  expect(mixed.daily.get(past[5]!)).toEqual({
    closeToClose: 0,
    overnight: Math.log(100 / 102),
    session: { high: Math.log(1.03), low: Math.log(0.99), close: Math.log(1.02) },
    fiveMinuteVariance: null,
  })
  expect(mixed.bars.size).toBe(30)
  expect(mixed.bars.get(past.at(-1)!)).toMatchObject({
    closeToClose: 0.01 + Math.log(1.02),
    fiveMinuteVariance: 1e-4,
  })
  const own = historyOf([...ib, ...past.map((date) => ofBars(date))])
  expect([own.source, own.daily.size]).toEqual(['bars', past.length])
})

test('a slot knows neither its own session nor later ones, nor what was recorded before a session ended', () => {
  const [last, before] = [past.at(-1)!, past.at(-2)!]
  const early = { recorded_at: epochMs(sessionOn(last)!.closeAt - 1) }
  const { daily } = historyOf([ofIb(before), ofIb(last, early), ofIb(TODAY), ofIb(sessionDate('2026-11-23'))])
  expect([...daily.keys()]).toEqual([before])
})

test('rows of another version of the definitions, and prices that contradict each other, are not used', () => {
  const [last, before] = [past.at(-1)!, past.at(-2)!]
  expect(historyOf([ofBars(last, { definition_version: DEFINITION_VERSION - 1 })]).bars.size).toBe(0)
  const { daily } = historyOf([ofIb(before, { close: 101 }), ofIb(last, { high: 100 })])
  expect(daily.get(last)).toMatchObject({ session: null, closeToClose: Math.log(102 / 101) })
})

test('a session without the one before has no return of the night', () => {
  const { daily } = historyOf([ofIb(past.at(-3)!), ofIb(past.at(-1)!)])
  expect(daily.get(past.at(-1)!)).toMatchObject({ closeToClose: null, overnight: null })
  expect(daily.get(past.at(-1)!)!.session).not.toBeNull()
})

/** The session's bars as they are stored; the prices are multiplied by `scale`. */
function storedBars(date: SessionDate, scale = 1, conId = 1): UnderlyingBarRow[] {
  return barsUntil(sessionOn(date)!.closeAt).map((bar) => ({
    ...bar,
    ...{ symbol: 'SPY', kind: 'STK', expiry: null, date, ticks: 9, price_basis: 'trade', con_id: conId },
    ...{ open: bar.open * scale, high: bar.high * scale, low: bar.low * scale, close: bar.close * scale },
    ...{ data_type: 'live', first_at: bar.timestamp, last_at: bar.timestamp },
  }))
}

const BEFORE = sessionDate('2026-11-19')
const dayOf = (
  bars: readonly UnderlyingBarRow[],
  before: readonly UnderlyingBarRow[],
  given: number | null,
) =>
  barObservation(bars, sessionOn(TODAY)!, {
    previous: { session: sessionOn(BEFORE)!, bars: before },
    ...{ given, recordedAt: sessionOn(TODAY)!.closeAt },
  })

test('the row of a session has its prices, its night and its variance', () => {
  const row = dayOf(storedBars(TODAY, 1.01), storedBars(BEFORE), null)!
  expect(row).toMatchObject({ source: 'bars', bars: 78, covered_seconds: 23_400, definition_version: 3 })
  expect(row.open).toBeCloseTo(686.8, 9)
  expect(row.overnight_return).toBeCloseTo(Math.log(1.01), 9)
  expect(row.realized_variance).toBeCloseTo(78e-6, 12)
})

test('a night that may be a split is taken from bars that are adjusted for splits, or is null', () => {
  const [bars, before] = [storedBars(TODAY, 0.25), storedBars(BEFORE)]
  expect(dayOf(bars, before, null)!.overnight_return).toBeNull()
  expect(dayOf(bars, before, 0.003)!.overnight_return).toBe(0.003)
  // A real fall of a quarter, which the adjusted bars confirm.
  expect(dayOf(storedBars(TODAY, 0.75), before, Math.log(0.75))!.overnight_return).toBeCloseTo(
    Math.log(0.75),
    12,
  )
})

test('the night in which the front future changed has no return', () => {
  expect(dayOf(storedBars(TODAY), storedBars(BEFORE, 1, 2), null)!.overnight_return).toBeNull()
  expect(dayOf(storedBars(TODAY), [], null)!.overnight_return).toBeNull()
})
