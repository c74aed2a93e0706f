import { describe, expect, test } from 'vitest'
import type { GroupedChain } from '../../../src/analytics/chain.ts'
import { fitSurface } from '../../../src/analytics/surface/fit-surface.ts'
import type { SurfaceFit } from '../../../src/analytics/surface/surface.ts'
import { mix, uniform } from '../../../src/market/random.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { violationsOf } from '../../support/surface-violations.ts'
import { makeChain, range, SLOT, spyChain } from '../chains.ts'
import { ES_FUTURES, esRows, grouped, RATE, spxRows, vixRows } from '../index-chains.ts'

const CARRY = { rateFraction: RATE, dividends: [] }
const fitOf = (chain: GroupedChain): SurfaceFit => fitSurface({ chain, carry: CARRY })

describe('options on an index, of two classes', () => {
  const { slices } = fitOf(grouped(spxRows()))

  test('have a smile for each class of a date, without arbitrage between them', () => {
    expect(slices.map(({ tradingClass, expiry }) => `${tradingClass} ${expiry}`)).toEqual([
      'SPXW 20261204',
      'SPXW 20261217',
      'SPX 20261217',
      'SPXW 20261218',
      'SPXW 20261231',
    ])
    for (const { smile } of slices) expect(smile.reason).toBeNull()
    expect(violationsOf({ slices })).toEqual([])
  })

  test('have the forward and carry that they were priced with', () => {
    for (const { parity, minutes } of slices) {
      const years = minutes / 525_600
      const truth = (6_800 - 0.012 * 6_800 * years) * Math.exp(RATE * years)
      const { forward, forwardError, carryFraction, carryError } = parity.value!
      // Prices are exact, so that the middle of the half-spread of 0.05 is, too.
      expect(Math.abs(forward - truth)).toBeLessThan(1e-6)
      expect(forwardError).toBeGreaterThan(0)
      expect(forwardError).toBeLessThan(0.05)
      expect(carryFraction).toBeCloseTo(Math.log(truth / 6_800) / years, 8)
      expect(carryError).toBeCloseTo(forwardError / forward / years, 12)
    }
  })
})

describe('options on the VIX', () => {
  const { slices } = fitOf(grouped(vixRows()))

  test('have smiles on their own forwards, which are not held against each other', () => {
    expect(slices.map(({ parity }) => parity.value?.forward)).toEqual(
      [17.4, 18.1, 19.2].map((forward) => expect.closeTo(forward, 6)),
    )
    for (const { smile, parity } of slices) {
      expect(smile.value?.check.leastCalendarGap).toBeNull()
      expect(smile.value?.check.leastDensity).toBeGreaterThanOrEqual(0)
      expect(parity.value?.carryFraction).toBeNull()
    }
  })
})

describe('options on futures', () => {
  const { slices } = fitOf(grouped(esRows()))

  test('have smiles on their own future, American and European ones', () => {
    const { near, far } = ES_FUTURES
    const truths = [near.price, near.price, far.price]
    slices.forEach(({ parity, smile }, at) => {
      expect(Math.abs((parity.value?.forward ?? 0) - (truths[at] as number))).toBeLessThan(0.1)
      expect(smile.reason).toBeNull()
      expect(parity.value?.carryFraction).toBeNull()
    })
    // The two expirations on the near future are comparable, that on the far one stands alone.
    expect(slices.map(({ smile }) => smile.value?.check.leastCalendarGap === null)).toEqual([
      false,
      true,
      true,
    ])
  })
})

describe('chains that say too little', () => {
  const rows = makeChain({
    expiries: ['20261204', '20261218'],
    strikes: range(640, 720, 5),
    vol: () => 0.16,
    greeks: false,
  })
  const fitRows = (kept: readonly SnapshotRow[]) => fitOf(spyChain(kept, SLOT)).slices

  test('have no smile without quotes on both sides of the money', () => {
    const puts = fitRows(rows.filter(({ strike }) => strike <= 685))
    for (const { smile, parity } of puts) {
      expect(parity.reason).toBeNull()
      expect(smile).toEqual({ value: null, reason: 'too_few_quotes' })
    }
  })

  test('have no smile with a handful of quotes', () => {
    for (const { smile } of fitRows(rows.filter(({ strike }) => Math.abs(strike - 680) < 20))) {
      expect(smile).toEqual({ value: null, reason: 'too_few_quotes' })
    }
  })

  test('have neither forward nor smile without a call and a put of one strike', () => {
    for (const { smile, parity } of fitRows(rows.filter(({ right }) => right === 'C'))) {
      expect(parity).toEqual({ value: null, reason: 'no_parity_pair' })
      expect(smile).toEqual({ value: null, reason: 'no_parity_pair' })
    }
  })

  test('are empty without expirations', () => {
    expect(fitRows([])).toEqual([])
  })
})

describe('the error bars', () => {
  const rows = spxRows()
  const { slices } = fitOf(grouped(rows))
  /** Each quote anywhere between bid and ask, keeping its width. */
  const draws = Array.from({ length: 60 }, (_, draw) => {
    const moved = rows.map((row, at) => {
      const move = (uniform(mix(mix(draw, at), 3)) - 0.5) * ((row.ask ?? 0) - (row.bid ?? 0))
      return { ...row, bid: (row.bid ?? 0) + move, ask: (row.ask ?? 0) + move }
    })
    return fitOf(grouped(moved)).slices
  })

  test('agree with a bootstrap inside bid and ask', () => {
    slices.forEach(({ smile, parity }, at) => {
      const ratios = [
        parity.value!.forwardError / deviation(draws.map((own) => own[at]?.parity.value?.forward ?? 0)),
        smile.value!.atmVolError / deviation(draws.map((own) => own[at]?.smile.value?.atmVolFraction ?? 0)),
        smile.value!.skewError / deviation(draws.map((own) => own[at]?.smile.value?.skew ?? 0)),
      ]
      for (const ratio of ratios) {
        expect(ratio).toBeGreaterThan(0.7)
        expect(ratio).toBeLessThan(1.5)
      }
    })
  })
})

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length
  return Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1))
}
