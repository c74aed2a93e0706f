import { describe, expect, test } from 'vitest'
import { gammaPositioning } from '../../../src/analytics/positioning/positioning-figures.ts'
import { termPoint } from '../../../src/analytics/volatility/at-the-money.ts'
import { yearsToExpiry } from '../../../src/market/option-hours.ts'
import { expiryDate, sessionDate } from '../../../src/market/units.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { makeChain, range, rowOf, SLOT } from '../chains.ts'
import { esRows, grouped, RATE, vixRows } from '../index-chains.ts'

const carry = { rateFraction: RATE, dividends: [] }
const oiDate = sessionDate('2026-11-19')
const EXPIRY = '20261218'

function gammaOf(rows: readonly SnapshotRow[]) {
  const chain = grouped(rows)
  const terms = chain.expirations.map((one) => termPoint(one, carry, SLOT))
  return gammaPositioning(chain, { terms, rateFraction: RATE, oiDate })
}

/** A chain of SPY without open interest but for some contracts, written as in `C720`. */
function openChain(open: Readonly<Record<string, number>>, volFraction = 0.2): SnapshotRow[] {
  const rows = makeChain({ vol: () => volFraction, expiries: [EXPIRY], strikes: range(600, 760) })
  return rows.map((row) => ({ ...row, open_interest: open[`${row.right}${row.strike}`] ?? 0 }))
}

describe('gamma exposure', () => {
  const one = (change: Partial<SnapshotRow>) =>
    rowOf({ underlying_price: 100, strike: 100, iv: 0.2, gamma: 0.05, open_interest: 1_000, ...change })

  test('is gamma times the squared price, a hundredth, the multiplier and the open interest', () => {
    // 0.05 · 100² · 0.01 · 100 · 1,000
    expect(gammaOf([one({})]).figures.gamma_exposure).toMatchObject({
      value: 500_000,
      unit: '$ per 1 %',
      observations: 1,
      assumption: 'dealers are long calls and short puts',
      oi_date: '2026-11-19',
    })
  })

  test('counts calls and not puts as held by dealers', () => {
    const rows = [one({}), one({ right: 'P', open_interest: 3_000 })]
    expect(gammaOf(rows).figures.gamma_exposure.value).toBe(-1_000_000)
  })

  test('takes the multiplier of the row', () => {
    expect(gammaOf([one({ multiplier: 10 })]).figures.gamma_exposure.value).toBe(50_000)
  })

  test('of options on futures is at the price of their own future', () => {
    const rows = esRows().map((row) => ({ ...row, gamma: 0.001, iv: 0.2, multiplier: 50, open_interest: 0 }))
    const call = rows.find(({ trading_class, right }) => trading_class === 'EW' && right === 'C')!
    call.open_interest = 10
    const expected = 0.001 * 6_893.5 ** 2 * 0.01 * 50 * 10
    expect(gammaOf(rows).figures.gamma_exposure.value).toBeCloseTo(expected, 6)
  })

  test('leaves out contracts whose open interest or gamma is unknown, and says how many it has', () => {
    const rows = [
      one({}),
      one({ right: 'P', gamma: null }),
      one({ strike: 90, open_interest: null }),
      one({ strike: 110, open_interest: 0 }),
    ]
    expect(gammaOf(rows).figures.gamma_exposure).toMatchObject({ value: 500_000, observations: 2 })
  })

  test.each<[string, SnapshotRow[], string]>([
    ['no rows', [], 'no_chain'],
    [
      'no open interest',
      [one({ open_interest: null }), one({ right: 'P', open_interest: 0 })],
      'no_open_interest',
    ],
    ['no greeks', [one({ gamma: null, iv: null })], 'no_gamma'],
    ['no price', [one({ underlying_price: null })], 'no_underlying_price'],
  ])('%s: null with its reason', (_, rows, reason) => {
    const { gamma_exposure, gamma_flip } = gammaOf(rows).figures
    expect(gamma_exposure).toMatchObject({ value: null, reason })
    expect(gamma_flip).toMatchObject({ value: null, reason })
  })
})

describe('the price at which it changes sign', () => {
  const years = yearsToExpiry(SLOT, expiryDate(EXPIRY), 'SPY')

  test.each([
    [640, 720, 0.2],
    [650, 680, 0.2],
    [600, 700, 0.35],
    [690, 740, 0.12],
  ])('of a put of %d and a call of %d lies between them where their gammas are equal', (put, call, vol) => {
    const { value } = gammaOf(openChain({ [`P${put}`]: 5_000, [`C${call}`]: 5_000 }, vol)).figures.gamma_flip
    // d1 of the two are equal and opposite there: ln F = (ln K + ln K')/2 − σ²T/2.
    const forward = Math.sqrt(put * call) * Math.exp((-vol * vol * years) / 2)
    expect(value! / (forward * Math.exp(-RATE * years))).toBeCloseTo(1, 4)
  })

  test('is the nearest of several', () => {
    const rows = openChain({ P640: 5_000, C690: 5_000, P740: 5_000 })
    const { profile, figures } = gammaOf(rows)
    const signs = profile.map(({ exposure }) => exposure < 0)
    expect(signs.filter((sign, at) => at > 0 && sign !== signs[at - 1])).toHaveLength(2)
    expect(figures.gamma_flip.value).toBeGreaterThan(650)
    expect(figures.gamma_flip.value).toBeLessThan(685)
  })

  test('is null where calls or puts alone are open', () => {
    for (const open of [{ C680: 10 }, { P680: 10 }] as Record<string, number>[]) {
      expect(gammaOf(openChain(open)).figures.gamma_flip).toMatchObject({
        value: null,
        reason: 'no_sign_change',
      })
    }
  })

  test('is null for options on forwards, which no one price moves', () => {
    const rows = vixRows().map((row) => ({ ...row, gamma: 0.05, iv: 0.9, open_interest: 10 }))
    const { figures, profile } = gammaOf(rows)
    expect(figures.gamma_exposure.reason).toBeNull()
    expect(figures.gamma_flip).toMatchObject({ value: null, reason: 'several_forwards' })
    expect(profile).toEqual([])
  })
})

test('the profile passes through the exposure at the price of today', () => {
  const { profile, figures } = gammaOf(openChain({ C690: 4_000, P670: 1_000, C680: 200, P720: 500 }))
  const today = profile.find(({ move }) => move === 0)!
  // Black-Scholes against the 100 steps of the rows.
  expect(today.exposure / figures.gamma_exposure.value!).toBeCloseTo(1, 1)
  expect([profile[0]!.move, profile.at(-1)!.move]).toEqual([-0.15, 0.15])
})
