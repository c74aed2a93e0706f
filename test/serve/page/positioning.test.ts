import { expect, test } from 'vitest'
import { positioningByStrike } from '../../../src/analytics/answers/positioning-by-strike.ts'
import { sessionDate } from '../../../src/market/units.ts'
import type { ViewState } from '../../../src/serve/page/view.ts'
import {
  absence,
  assumptionText,
  expirationRows,
  positioningPath,
} from '../../../src/serve/page/views/positioning/positioning-text.js'
import {
  barPlace,
  markersOf,
  negated,
  strikeBars,
} from '../../../src/serve/page/views/positioning/strike-bars.js'

const STATE: ViewState = {
  ...{ symbol: 'SPY', date: '2026-11-20', at: '2026-11-20T15:00:00.000Z', isLive: false, isPlaying: false },
  ...{ slots: [], options: {} },
}

function answer(strikes: number[], price: number | null = 600) {
  const of = (value: number | null) => strikes.map(() => value)
  return {
    ...positioningByStrike(null, 'SPY'),
    ...{ strikes, price },
    by_strike: {
      ...{ call_oi: of(10), put_oi: of(20), call_change: of(null), put_change: of(1) },
      ...{ call_exposure: of(5), put_exposure: of(-7) },
    },
  }
}

const range = (from: number, to: number, step: number) =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, at) => from + at * step)

test('few strikes have a bar each, many are summed without losing a contract', () => {
  const few = strikeBars(answer(range(580, 620, 1)), '10')
  expect(few).toMatchObject({ step: 0, columns: { call_oi: few.strikes.map(() => 10) } })
  const strikes = range(500, 700, 1)
  const many = strikeBars(answer(strikes), 'all')
  expect(many.step).toBe(5)
  expect(many.strikes.length).toBeLessThanOrEqual(60)
  const sum = many.columns.put_oi.reduce((total: number, value) => total + (value ?? 0), 0)
  expect(sum).toBe(20 * strikes.length)
  expect(new Set(many.columns.call_change)).toEqual(new Set([null]))
})

test('an unknown change of open interest says why', () => {
  const one = { expiry: '20261218', trading_class: 'SPY', days: 28, max_pain: 600, max_pain_reason: null }
  const columns = {
    ...{ call_oi: [10], put_oi: [20], call_change: [null], put_change: [null] },
    ...{ call_exposure: [5], put_exposure: [-7] },
  }
  const reasonOf = (oi_date_before: '2026-11-18' | null) => {
    const given = { ...answer([600]), oi_date_before: oi_date_before && sessionDate(oi_date_before) }
    return expirationRows({ ...given, expirations: [one], by_expiration: columns })[0]!.change.from.reason
  }
  expect(reasonOf(null)).toBe('no slot of the session before is stored')
  expect(reasonOf('2026-11-18')).toBe('the change of the calls or of the puts is not known')
})

test('strikes are those near the price, and all of them without one', () => {
  const { strikes } = strikeBars(answer(range(300, 900, 100)), '20')
  expect(strikes).toEqual([500, 600, 700])
  expect(strikeBars(answer(range(300, 900, 100), null), '5').strikes).toHaveLength(7)
  expect(strikeBars(answer([]), 'all')).toMatchObject({ strikes: [], step: 0 })
})

test('a price stands between the bars of its strikes', () => {
  const bars = strikeBars(answer(range(590, 610, 5)), 'all')
  expect(barPlace(bars, 600)).toBe(2)
  expect(barPlace(bars, 602.5)).toBe(2.5)
  expect(barPlace(bars, 700)).toBeNull()
  expect(barPlace(bars, null)).toBeNull()
  // A bar of five dollars from 600 on has its middle at 602.5.
  const wide = strikeBars(answer(range(500, 700, 1)), 'all')
  expect(barPlace(wide, 602.5)).toBe(wide.strikes.indexOf(600))
})

test('markers that are close have one label', () => {
  const bars = strikeBars(answer(range(580, 620, 1)), 'all')
  const named = [
    { price: 600, label: 'price' },
    { price: 598, label: 'flip' },
    { price: 615, label: 'max pain' },
    { price: null, label: 'none' },
  ]
  expect(markersOf(bars, named).map(({ label }) => label)).toEqual(['flip · price', '', 'max pain'])
})

test('puts are drawn down, and no zero becomes a negative one', () => {
  expect(negated([5, 0, null])).toEqual([-5, 0, null])
})

test('the assumption and the date of the open interest are said', () => {
  const one = { ...answer([600]), oi_date: '2026-11-19', date: '2026-11-20' }
  expect(assumptionText(one)).toBe(
    'Assumption: dealers are long calls and short puts. No data show who holds the contracts. Open interest was counted at the end of Thu 19 Nov.',
  )
  expect(assumptionText({ ...one, oi_date: null })).toContain('is not known')
  expect(absence(one, 'change')).toBe('No slot of the session before is stored.')
})

test('an address with an expiration asks for it alone', () => {
  expect(positioningPath(STATE)).toBe('/api/views/positioning/SPY?at=2026-11-20T15:00:00.000Z')
  const options = { expiry: '20261218' }
  expect(positioningPath({ ...STATE, options })).toMatch(/&expiry=20261218$/)
  expect(positioningPath({ ...STATE, options: { expiry: '1 OR 1' } })).toBe(positioningPath(STATE))
  expect(positioningPath({ ...STATE, at: null })).toBeNull()
})
