import { expect, test } from 'vitest'
import { found } from '../../../src/analytics/measured.ts'
import type { Smile } from '../../../src/analytics/surface/smile.ts'
import { type GridValue, surfaceGrid } from '../../../src/analytics/surface-grid/grid.ts'
import { gridRanks } from '../../../src/analytics/surface-grid/grid-ranks.ts'
import { createTradingClock } from '../../../src/analytics/trading-time.ts'
import { newYorkInstant, sessionsBetween } from '../../../src/market/calendar.ts'
import { normalCdf } from '../../../src/market/pricing/normal.ts'
import { expiryDate, expiryToDate, sessionDate } from '../../../src/market/units.ts'

/** A Friday. */
const SLOT = newYorkInstant(sessionDate('2026-11-20'), '11:00')
const CLOCK = createTradingClock({ overnightFraction: 0.17, closedDayWeight: 0, events: [] })
const YEAR_MS = 365 * 86_400_000

/** w = σ²T·(1 + slope·z), a straight line, between quotes to either side. */
function smileOf(
  expiry: string,
  vol: number,
  { slope = 0, quoted = { from: -0.3, to: 0.3 }, time = '16:00' } = {},
) {
  const expiresAt = newYorkInstant(expiryToDate(expiryDate(expiry)), time)
  const years = (expiresAt - SLOT) / YEAR_MS
  const atmVariance = vol * vol * years
  const knots = [-3, 0, 3]
  const values = knots.map((z) => 1 + slope * z)
  const checked = { from: -0.8, to: 0.47 }
  const smile: Smile = { years, atmVariance, knots, values, quoted, checked }
  return { expiry, expiresAt, years, smile: found(smile) }
}

type Dated = ReturnType<typeof smileOf>
const gridOf = (smiles: readonly Dated[], clock = CLOCK) => surfaceGrid(smiles, { slot: SLOT, clock })
const pointOf = (grid: readonly GridValue<Dated>[], tenor: number, point: string) =>
  grid.find((one) => one.tenorDays === tenor && one.point === point) as GridValue<Dated>
const volOf = (grid: readonly GridValue<Dated>[], tenor: number, point: string) =>
  pointOf(grid, tenor, point).value.value?.volFraction ?? null

test('a point is interpolated in trading days, not in calendar days', () => {
  // Friday 18 December and Thursday 24 December: 30 days are 20.71 trading days from Friday 20 November.
  const [near, far] = [smileOf('20261218', 0.2), smileOf('20261224', 0.3, { time: '13:00' })] as const
  const grid = gridOf([near, far])
  const sessions = createTradingClock({ overnightFraction: 0, closedDayWeight: 0, events: [] })
  const end = sessions.after(SLOT, (30 * 252) / 365)
  const share = CLOCK.daysBetween(near.expiresAt, end) / CLOCK.daysBetween(near.expiresAt, far.expiresAt)
  const variance = 0.04 * near.years + share * (0.09 * far.years - 0.04 * near.years)
  expect(volOf(grid, 30, 'atm')).toBeCloseTo(Math.sqrt((variance * 365) / 30), 10)
  const calendarShare = (end - near.expiresAt) / (far.expiresAt - near.expiresAt)
  expect(Math.abs(share - calendarShare)).toBeGreaterThan(0.1)
  expect(pointOf(grid, 30, 'atm').between?.map(({ expiry }) => expiry)).toEqual(['20261218', '20261224'])
})

test('points of a delta have that delta with their own volatility', () => {
  const smiles = ['20261123', '20261218', '20270219'].map((expiry) => smileOf(expiry, 0.2, { slope: -0.12 }))
  const grid = gridOf(smiles)
  for (const tenor of [7, 14, 30, 60]) {
    for (const [point, delta] of [
      ['put_10d', 0.9],
      ['put_25d', 0.75],
      ['call_25d', 0.25],
      ['call_10d', 0.1],
    ] as const) {
      const { volFraction, k } = pointOf(grid, tenor, point).value.value as { volFraction: number; k: number }
      const root = volFraction * Math.sqrt(tenor / 365)
      expect(normalCdf(root / 2 - k / root)).toBeCloseTo(delta, 6)
    }
    expect(volOf(grid, tenor, '1.00')).toBe(volOf(grid, tenor, 'atm'))
    expect(volOf(grid, tenor, 'put_10d')).toBeGreaterThan(volOf(grid, tenor, 'put_25d') as number)
  }
})

test('a market with the same variance on every trading day has the same value on every weekday', () => {
  const clock = createTradingClock({ overnightFraction: 0, closedDayWeight: 0, events: [] })
  const expiries = ['20261123', '20261204', '20261218', '20270115', '20270219', '20270319']
  for (const { date } of sessionsBetween(sessionDate('2026-11-16'), sessionDate('2026-12-15'))) {
    const slot = newYorkInstant(date, '12:00')
    const smiles = expiries.map((expiry) => {
      const expiresAt = newYorkInstant(expiryToDate(expiryDate(expiry)), '16:00')
      const years = (expiresAt - slot) / YEAR_MS
      const atmVariance = (0.04 * clock.daysBetween(slot, expiresAt)) / 252
      const range = { from: -0.3, to: 0.3 }
      const smile: Smile = {
        years,
        atmVariance,
        knots: [-3, 0, 3],
        values: [1, 1, 1],
        quoted: range,
        checked: range,
      }
      return { expiry, expiresAt, years, smile: found(smile) }
    })
    const grid = surfaceGrid(
      smiles.filter(({ expiresAt }) => expiresAt > slot),
      { slot, clock },
    )
    for (const tenor of [30, 60]) expect(volOf(grid, tenor, 'atm')).toBeCloseTo(0.2, 6)
  }
})

test('an event between two expirations moves the points after it only', () => {
  const event = { name: 'CPI', date: sessionDate('2026-12-10'), time: '08:30', weightDays: 5 }
  const clock = createTradingClock({ overnightFraction: 0.17, closedDayWeight: 0, events: [event] })
  const smiles = [smileOf('20261123', 0.2), smileOf('20261224', 0.25)]
  expect(volOf(gridOf(smiles, clock), 14, 'atm')).toBeLessThan(volOf(gridOf(smiles), 14, 'atm') as number)
  expect(volOf(gridOf(smiles, clock), 30, 'atm')).toBeGreaterThan(volOf(gridOf(smiles), 30, 'atm') as number)
})

test('nothing is extrapolated: neither beyond the quotes nor beyond the expirations', () => {
  const narrow = smileOf('20261218', 0.2, { quoted: { from: -0.06, to: 0.03 } })
  const grid = gridOf([smileOf('20261123', 0.2), narrow, smileOf('20261224', 0.2)])
  expect(pointOf(grid, 30, '0.95').value).toMatchObject({ reason: null })
  expect(pointOf(grid, 30, '0.90').value).toEqual({ value: null, reason: 'outside_quotes' })
  expect(pointOf(grid, 30, 'call_10d').value).toEqual({ value: null, reason: 'outside_quotes' })
  expect(pointOf(grid, 60, 'atm').value).toEqual({ value: null, reason: 'no_bracket' })
  expect(pointOf(gridOf([narrow]), 7, 'atm').value).toEqual({ value: null, reason: 'no_bracket' })
  expect(gridOf([])).toHaveLength(40)
})

test('a point is ranked among its own values of the sessions before', () => {
  const today = sessionDate('2026-11-20')
  const sessions = sessionsBetween(sessionDate('2025-10-01'), today).map(({ date }) => date)
  const before = sessions.filter((date) => date < today).slice(-30)
  const observations = before.flatMap((date, at) => [
    { date, tenorDays: 30, point: 'put_25d' as const, iv: 0.1 + at / 100, cycles: 6 },
    { date, tenorDays: 30, point: 'call_25d' as const, iv: 0.9, cycles: 6 },
  ])
  const placeOf = gridRanks({ observations, sessions }, today)
  const { rank, percentile, observations: found } = placeOf({ tenor_days: 30, point: 'put_25d', iv: 0.245 })
  expect(found).toBe(30)
  expect(rank.value).toBeCloseTo(50, 9)
  expect(percentile.value).toBeCloseTo(50, 9)
  expect(placeOf({ tenor_days: 60, point: 'put_25d', iv: 0.2 }).rank.reason).toBe('too_few_observations')
  expect(placeOf({ tenor_days: 30, point: 'put_25d', iv: null }).rank.reason).toBe('no_current_value')
})
