import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { historyStart, type Observation, rankOf } from '../../../src/analytics/ranks/rank.ts'
import { sessionsBetween } from '../../../src/market/calendar.ts'
import { type SessionDate, sessionDate } from '../../../src/market/units.ts'
import { readCsv } from '../fixtures.ts'

const vix: Observation[] = readCsv('vix-closes.csv').map(([date = '', close]) => ({
  date: sessionDate(date),
  value: Number(close),
  source: 'index',
}))

/** The VIX has closing values on some holidays of NYSE: `file` takes every date of the file for a session. */
function vixRank(day: string, window: number, calendar: 'file' | 'NYSE') {
  const today = sessionDate(day)
  const nyse = sessionsBetween(historyStart(today, 252), today).map(({ date }) => date)
  const sessions = calendar === 'NYSE' ? nyse : vix.map(({ date }) => date)
  const current = vix.find(({ date }) => date === today)?.value ?? null
  return { current, ...rankOf(vix, { current, source: 'index', today, sessions, window }) }
}

describe('the closes of the VIX', () => {
  test.each([
    ['2026-07-23', 18.7, 29.75, 70.24, 86.67],
    ['2022-07-12', 27.29, 57.28, 73.41, 38.33],
    ['2025-04-08', 52.33, 100, 100, null],
  ])('%s: %f has rank %f', (day, close, rank, percentile, percentile60) => {
    const year = vixRank(day, 252, 'file')
    expect(year).toMatchObject({ current: close, observations: 252 })
    expect(year.rank.value).toBeCloseTo(rank, 2)
    expect(year.percentile.value).toBeCloseTo(percentile, 2)
    const quarter = vixRank(day, 60, 'file')
    expect(quarter.observations).toBe(60)
    if (percentile60 !== null) expect(quarter.percentile.value).toBeCloseTo(percentile60, 2)
  })

  test.each([
    ['2026-07-23', 29.75, 179, 51],
    ['2022-07-12', 57.28, 187, 25],
    ['2025-04-08', 100, 252, 60],
  ])('%s over the sessions of NYSE: rank %f, %i of 252 below', (day, rank, below, below60) => {
    const year = vixRank(day, 252, 'NYSE')
    expect(year.observations).toBe(252)
    expect(year.rank.value).toBeCloseTo(rank, 2)
    expect(year.percentile.value).toBe((100 * below) / 252)
    const quarter = vixRank(day, 60, 'NYSE')
    expect(quarter.observations).toBe(60)
    expect(quarter.percentile.value).toBe((100 * below60) / 60)
  })
})

test('a value of a day that is no session is in no window, so that a window is never more than full', () => {
  // Thanksgiving, Christmas and a Saturday.
  const holidays = ['2025-11-27', '2025-12-25', '2025-12-27'].map((date) => sessionDate(date))
  const full = historyOf(climbing(252))
  const more = [...full, ...holidays.map((date) => ({ date, value: 0.01, source: 'chain' as const }))]
  const year = { ...ask, window: 252 }
  expect(rankOf(more, year)).toEqual(rankOf(full, year))
  expect(rankOf(more, year).observations).toBe(252)
})

test('a window can be kept to one version of the definitions', () => {
  const day = sessionDate('2026-11-20')
  const dates = sessionsBetween(sessionDate('2026-01-02'), day).map(({ date }) => date)
  const history = dates.slice(-61, -1).map((date, at) => ({
    ...{ date, value: 0.2 + at / 1_000, source: 'chain' as const },
    definitionVersion: at < 30 ? null : 2,
  }))
  const asked = { current: 0.25, source: 'chain', today: day, sessions: dates, window: 60 } as const
  expect(rankOf(history, asked).observations).toBe(60)
  expect(rankOf(history, { ...asked, definitionVersion: 2 }).observations).toBe(30)
  expect(rankOf(history, { ...asked, definitionVersion: 1 }).observations).toBe(30)
})

const today = sessionDate('2026-11-20')
const sessions = sessionsBetween(sessionDate('2025-06-01'), today).map(({ date }) => date)
const before = sessions.filter((date) => date < today)
const historyOf = (values: number[], dates: SessionDate[] = before.slice(-values.length)): Observation[] =>
  values.map((value, at) => ({ date: dates[at] as SessionDate, value, source: 'chain' }))
const ask = { current: 0.2, source: 'chain', today, sessions, window: 60 } as const
const climbing = (count: number) => Array.from({ length: count }, (_, at) => 0.1 + at / 1000)

test("tastytrade's example: between 30 and 60, 45 has rank 50", () => {
  const past = historyOf(Array(7).fill([30, 42, 60]).flat())
  expect(rankOf(past, { ...ask, current: 45 }).rank.value).toBe(50)
})

test('three of four past values below, in the middle of their range: rank 50, percentile 75', () => {
  const past = historyOf(Array(5).fill([10, 12, 14, 30]).flat())
  const { rank, percentile } = rankOf(past, { ...ask, current: 20 })
  expect([rank.value, percentile.value]).toEqual([50, 75])
})

describe('what a window holds', () => {
  test('clamping with today left out is the inclusive rank over one session more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.05, max: 0.9, noNaN: true }), { minLength: 21, maxLength: 60 }),
        (values) => {
          const past = values.slice(1)
          const current = values[0] as number
          const excluded = rankOf(historyOf(past), { ...ask, current }).rank.value
          const [low, high] = [Math.min(...values), Math.max(...values)]
          if (excluded !== null) expect(excluded).toBeCloseTo((100 * (current - low)) / (high - low), 9)
        },
      ),
    )
  })

  test('the percentile is strict: equal values are not below', () => {
    const same = historyOf(Array(30).fill(0.2))
    expect(rankOf(same, ask).percentile.value).toBe(0)
    expect(rankOf(same, ask).rank).toEqual({ value: null, reason: 'flat_window' })
  })

  test('today and later days do not enter, nor days before the window', () => {
    const history = [
      ...historyOf(climbing(60)),
      { date: today, value: 99, source: 'chain' } as const,
      { date: sessionDate('2026-11-23'), value: 99, source: 'chain' } as const,
      { date: before.at(-61) as SessionDate, value: 99, source: 'chain' } as const,
    ]
    const inside = rankOf(history, { ...ask, current: 0.1295 })
    expect(inside.observations).toBe(60)
    expect(inside.rank.value).toBeCloseTo(50, 9)
  })

  test('observations of another source do not count', () => {
    const mixed = historyOf(climbing(40)).map((one, at) =>
      at % 2 ? one : { ...one, source: 'ib_index' as const },
    )
    expect(rankOf(mixed, ask).observations).toBe(20)
    expect(rankOf(mixed.slice(2), ask).rank).toEqual({ value: null, reason: 'too_few_observations' })
  })

  test('the look-back covers the whole window, even over the longest closures', () => {
    for (const end of ['2026-11-20', '2025-01-13', '2018-12-10']) {
      const day = sessionDate(end)
      for (const window of [60, 126, 252]) {
        expect(sessionsBetween(historyStart(day, window), day).length).toBeGreaterThan(window)
      }
    }
  })

  test('holidays are no gaps, and sessions that were not recorded are not filled with older ones', () => {
    const full = rankOf(historyOf(climbing(120)), ask)
    expect(full.observations).toBe(60)
    const holed = historyOf(climbing(120)).filter((_, at) => at % 3 > 0)
    expect(rankOf(holed, ask).observations).toBe(40)
  })

  test.each<[string, Observation[], number | null, string]>([
    ['no history', [], 0.2, 'too_few_observations'],
    ['19 observations', historyOf(climbing(19)), 0.2, 'too_few_observations'],
    ['no value today', historyOf(climbing(60)), null, 'no_current_value'],
    ['a value today that is not a number', historyOf(climbing(60)), Number.NaN, 'no_current_value'],
  ])('%s: null with its reason, and the count all the same', (_, history, current, reason) => {
    const result = rankOf(history, { ...ask, current })
    expect(result.rank).toEqual({ value: null, reason })
    expect(result.percentile).toEqual({ value: null, reason })
    expect(result.observations).toBe(history.length)
  })

  test('rank and percentile lie between 0 and 100 whatever the values', () => {
    const anyNumber = fc.oneof(fc.double(), fc.double({ min: 0.05, max: 0.9, noNaN: true }))
    const many = fc.array(anyNumber, { maxLength: 60, size: 'max' })
    let placed = 0
    fc.assert(
      fc.property(many, anyNumber, (values, current) => {
        const result = rankOf(historyOf(values), { ...ask, current })
        for (const { value } of [result.rank, result.percentile]) {
          if (value === null) continue
          placed++
          expect(value >= 0 && value <= 100).toBe(true)
        }
      }),
    )
    expect(placed).toBeGreaterThan(40)
  })
})
