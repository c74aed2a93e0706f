import { expect, test } from 'vitest'
import { moveRecord } from '../../../src/analytics/answers/move-record.ts'
import {
  historyDates,
  type VolatilityHistoryInput,
  volatilityHistory,
} from '../../../src/analytics/answers/volatility-history.ts'
import { rankOf } from '../../../src/analytics/ranks/rank.ts'
import { observationOf, sessionDates } from '../../../src/analytics/stored/reader.ts'
import { newYorkInstant, sessionOn } from '../../../src/market/calendar.ts'
import { addDays, sessionDate } from '../../../src/market/units.ts'
import type { ObservationRow } from '../../../src/snapshot/daily-observations.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import { ibIndexHistory } from '../chains.ts'

const DATE = sessionDate('2026-11-20')
/** A year of the gateway's daily values: volatilities of 15 to 18.9 %, closes that rise by a quarter a session. */
const INDEX = ibIndexHistory('SPY', newYorkInstant(DATE, '09:00')).map((row) => ({
  ...row,
  recorded_at: newYorkInstant(sessionDate(row.date), '18:00'),
}))
const VIX = INDEX.map(
  (row): ObservationRow => ({ ...row, symbol: 'VIX', source: 'index', close: 17, iv30: null }),
)
/** Our own values, of the last `count` sessions. */
const own = (count: number, version: number = DEFINITION_VERSION) =>
  INDEX.slice(-count).map(
    (row): ObservationRow => ({
      ...row,
      ...{ source: 'chain', iv30: 0.2, vix: 16, cycles: 6, definition_version: version },
    }),
  )

function input(over: Partial<VolatilityHistoryInput> = {}): VolatilityHistoryInput {
  return {
    ...{ symbol: 'SPY', date: DATE, window: 252, estimator: 'close_to_close', ivSource: null, sessionOn },
    ...{ observed: INDEX, observedVix: VIX },
    ...over,
  }
}

test('a history has one row a session, and volatilities of one source', () => {
  const found = volatilityHistory(input({ observed: [...INDEX, ...own(30)] }))
  expect(found.dates).toHaveLength(252)
  expect(found.dates.at(-1)).toBe('2026-11-19')
  expect(found).toMatchObject({ iv_source: 'ib_index', vix_source: 'index', realized_source: 'ib_index' })
  expect(found.iv.every((value) => value !== null && value < 0.19)).toBe(true)
  expect(found.vix.at(-1)).toBe(17)
  const ours = volatilityHistory(input({ observed: [...INDEX, ...own(30)], ivSource: 'chain' }))
  expect(ours.iv.filter((value) => value !== null)).toEqual(new Array(30).fill(0.2))
})

test.each([60, 126, 252] as const)('the band of %i sessions is what the rank is a place in', (window) => {
  const { band } = volatilityHistory(input({ window }))
  const sessions = sessionDates(addDays(DATE, -400), DATE, sessionOn)
  const ranked = rankOf(INDEX.flatMap(observationOf), {
    ...{ current: 0.16, source: 'ib_index', today: DATE, sessions, window },
  })
  expect(band.observations).toBe(ranked.observations)
  const { low, high } = band as { low: number; high: number }
  expect((100 * (0.16 - low)) / (high - low)).toBeCloseTo(ranked.rank.value!, 9)
  expect(INDEX.find(({ date }) => date === band.high_date)?.iv30).toBe(high)
})

test('too few observations make no band, with the reason', () => {
  const { band } = volatilityHistory(input({ observed: INDEX.slice(-19) }))
  expect(band).toMatchObject({ low: null, high: null, observations: 19, reason: 'too_few_observations' })
})

test('values of older definitions are left out and counted', () => {
  const observed = [...own(40, 2).slice(0, 10), ...own(30)]
  const found = volatilityHistory(input({ observed, observedVix: [], ivSource: 'chain' }))
  expect(found.older_definitions).toBe(10)
  expect(found.iv.filter((value) => value !== null)).toHaveLength(30)
  expect(found).toMatchObject({ vix_source: 'chain' })
})

test('realized volatility is of the 20 sessions before and after, and null until they are over', () => {
  const calm = (row: ObservationRow, at: number): ObservationRow => ({
    ...row,
    close: 600 * (at % 2 === 0 ? 1 : 1.01),
  })
  const wild = (row: ObservationRow, at: number): ObservationRow => ({
    ...row,
    close: 600 * (at % 2 === 0 ? 1 : 1.02),
  })
  const rows = INDEX.map((row, at) => (at < INDEX.length - 50 ? calm(row, at) : wild(row, at)))
  const found = volatilityHistory(input({ observed: rows }))
  const [before, after] = [found.realized_before, found.realized_after]
  expect(after.slice(-20)).toEqual(new Array(20).fill(null))
  expect(after.at(-21)).not.toBeNull()
  // At the last calm session all returns before are of 1 %, and all after it of 2 %.
  const turn = found.dates.length - 51
  const vol = (move: number) => Math.log(1 + move) * Math.sqrt((252 * 20) / 19)
  expect(before[turn]).toBeCloseTo(vol(0.01), 6)
  expect(after[turn]).toBeCloseTo(vol(0.02), 3)
  // What is known on a day does not depend on what came later.
  const earlier = volatilityHistory(input({ observed: rows, date: sessionDate('2026-10-16') }))
  const at = found.dates.indexOf(earlier.dates.at(-1)!)
  expect(before[at]).toBe(earlier.realized_before.at(-1))
  expect(earlier.realized_after.at(-1)).toBeNull()
})

test('the dates to read reach back far enough for the first realized volatility', () => {
  const { from } = historyDates({ date: DATE, window: 252 })
  expect(sessionDates(from, DATE, sessionOn).length).toBeGreaterThan(252 + 21)
})

test('without observations all columns are null, and nothing is invented', () => {
  const found = volatilityHistory(input({ observed: [], observedVix: [] }))
  expect(found).toMatchObject({ iv_source: 'chain', vix_source: null, band: { observations: 0 } })
  for (const column of [found.iv, found.vix, found.close, found.realized_before, found.realized_after]) {
    expect(new Set(column)).toEqual(new Set([null]))
  }
  expect(moveRecord(found)).toEqual(
    [1, 5, 21].map((sessions) => ({
      ...{ sessions, moves: 0, within_one: null, within_two: null },
      ...{ ratio: null, largest: null, largest_date: null },
    })),
  )
})

test('the record counts moves within one and two standard deviations', () => {
  // A volatility of 1 % a session: moves of 0.5, 1.5, −2.5 and 0.5 of it.
  const steps = [0.005, 0.015, -0.025, 0.005]
  const close = [100]
  for (const step of steps) close.push(close.at(-1)! * Math.exp(step))
  const dates = close.map((_, at) => addDays(DATE, at))
  const iv = close.map(() => 0.01 * Math.sqrt(252))
  const [day, week] = moveRecord({ dates, iv, close })
  expect(day).toMatchObject({ sessions: 1, moves: 4, within_one: 0.5, within_two: 0.75 })
  expect(day!.largest).toBeCloseTo(-2.5, 9)
  expect(day!.largest_date).toBe(dates[2])
  expect(day!.ratio).toBeCloseTo(Math.sqrt((0.25 + 2.25 + 6.25 + 0.25) / 4), 9)
  expect(week).toMatchObject({ sessions: 5, moves: 0 })
  expect(moveRecord({ dates, iv: [null, ...iv.slice(1)], close })[0]!.moves).toBe(3)
})
