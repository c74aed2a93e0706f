import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Carry } from '../../../src/analytics/carry.ts'
import { analyticsOptions, carryOf } from '../../../src/analytics/options.ts'
import { withOwnGreeks } from '../../../src/analytics/volatility/own-greeks.ts'
import type { Right } from '../../../src/market/contract.ts'
import { yearsToExpiry } from '../../../src/market/option-hours.ts'
import { treePrice } from '../../../src/market/pricing/tree.ts'
import { expiryDate, sessionDate } from '../../../src/market/units.ts'
import { flagNames, QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { makeChain, range, recordedStrikes, SLOT, spyChain } from '../chains.ts'
import { grouped, spxRows } from '../index-chains.ts'

const carry: Carry = { rateFraction: 0.04, dividends: [] }
const vol = (strike: number) => 0.18 - 0.3 * (strike / 680 - 1)
const made = { vol, expiries: ['20261204', '20261231'], strikes: range(640, 715) }
const whole = makeChain(made)
const bare = makeChain({ model: 'ib_tree', ...made, greeks: false }).map((row) => ({
  ...row,
  flags: QUALITY_FLAGS.iv_missing,
}))

/** The calls and puts of one strike that both have a volatility. */
function pairsOf(rows: readonly SnapshotRow[]): { call: SnapshotRow; put: SnapshotRow }[] {
  const nameOf = ({ expiry, trading_class, strike }: SnapshotRow) => `${expiry} ${trading_class} ${strike}`
  const puts = new Map(rows.filter(({ right }) => right === 'P').map((row) => [nameOf(row), row]))
  return rows.flatMap((call) => {
    const put = call.right === 'C' ? puts.get(nameOf(call)) : undefined
    return put && call.iv !== null && put.iv !== null ? [{ call, put }] : []
  })
}

test("without IB's, volatility and greeks are those from which the price was computed", () => {
  for (const [index, row] of withOwnGreeks(spyChain(bare, SLOT), carry).entries()) {
    const truth = whole[index] as SnapshotRow
    expect(row.greeks_source).toBe('own')
    expect(flagNames(row.flags)).toEqual(['greeks_own'])
    expect(Math.abs(row.iv! - truth.iv!)).toBeLessThan(2e-4)
    expect(Math.abs(row.delta! - truth.delta!)).toBeLessThan(5e-4)
    expect(Math.abs(row.vega! - truth.vega!)).toBeLessThan(2e-3)
    expect(Math.abs(row.theta! - truth.theta!)).toBeLessThan(2e-3)
  }
})

test('rows with greeks from IB, and rows without two valid sides, stay as they are', () => {
  const odd = [
    ...whole,
    { ...bare[0]!, bid: null },
    { ...bare[1]!, bid: 0 },
    { ...bare[2]!, bid: 9, ask: 8 },
    { ...bare[4]!, strike: 651, bid: 0.01, ask: 0.02 },
  ]
  expect(withOwnGreeks(spyChain(odd, SLOT), carry)).toEqual(odd)
})

test('whatever the quotes, each filled value is a number, and the others stay null', () => {
  const value = fc.oneof(
    fc.constantFrom(null, 0, -1, 0.01, 1e9, Number.NaN, Number.POSITIVE_INFINITY),
    fc.double({ min: 0, max: 60, noNaN: true }),
  )
  const fault = fc.record(
    { bid: value, ask: value, underlying_price: value, expiry: fc.constantFrom('20261119', '20261120') },
    { requiredKeys: [] },
  )
  const faults = fc.array(fc.tuple(fc.nat(bare.length - 1), fault), { maxLength: 60, size: 'max' })
  const tally = { own: 0, none: 0 }
  fc.assert(
    fc.property(faults, (changes) => {
      const broken = [...bare]
      for (const [at, change] of changes) broken[at] = { ...(broken[at] as SnapshotRow), ...change }
      for (const { iv, delta, gamma, theta, vega, greeks_source } of withOwnGreeks(
        spyChain(broken, SLOT),
        carry,
      )) {
        const greeks = [iv, delta, gamma, theta, vega]
        if (greeks_source === null) expect(greeks).toEqual(Array(5).fill(null))
        else for (const one of greeks) expect(Number.isFinite(one)).toBe(true)
        tally[greeks_source === null ? 'none' : 'own']++
      }
    }),
    { numRuns: 25, seed: 3 },
  )
  expect(tally.own).toBeGreaterThan(100)
  expect(tally.none).toBeGreaterThan(100)
})

describe('the two sides of a strike', () => {
  const { rows, at } = recordedStrikes()
  const solved = withOwnGreeks(spyChain(rows, at), carry)

  test('have one volatility where both have two-sided quotes', () => {
    const pairs = pairsOf(solved)
    expect(pairs.length).toBeGreaterThan(200)
    // Each solved from its own quote, 43 of 223 pairs are more than two points apart.
    expect(pairs.filter(({ call, put }) => call.iv !== put.iv)).toEqual([])
  })

  test('have that of the option out of the money, solved from its own quote', () => {
    const alone = (right: string) =>
      withOwnGreeks(
        spyChain(
          bare.map((row) => (row.right === right ? row : { ...row, bid: null })),
          SLOT,
        ),
        {
          ...carry,
        },
      )
    const together = withOwnGreeks(spyChain(bare, SLOT), carry)
    const [calls, puts] = [alone('C'), alone('P')]
    for (const [index, row] of together.entries()) {
      const expected = row.strike < 680 ? puts : calls
      const own = expected.find(
        (one) => one.strike === row.strike && one.iv !== null && one.expiry === row.expiry,
      )
      expect(row.iv, `${index}`).toBeCloseTo(own!.iv!, 4)
    }
  })

  test('of a European option have deltas that differ by one, and one gamma and vega', () => {
    const spx = spxRows().map((row) => ({ ...row, pv_dividend: 0 }))
    for (const { call, put } of pairsOf(withOwnGreeks(grouped(spx), carry))) {
      expect(call.delta! - put.delta!).toBeCloseTo(1, 5)
      expect(call.gamma).toBe(put.gamma)
      expect(call.vega).toBeCloseTo(put.vega!, 5)
    }
  })

  test('of an American option each have the greeks of their own exercise', () => {
    const deep = makeChain({
      model: 'ib_tree',
      ...made,
      vol: () => 0.12,
      greeks: false,
      halfSpread: 1e-4,
      strikes: [680, 730],
    })
    const { call, put } = pairsOf(withOwnGreeks(spyChain(deep, SLOT), carry))[1]!
    // At once is the best time to exercise the put; it then moves with the underlying alone.
    expect([put.strike, put.delta, put.gamma, put.vega]).toEqual([730, -1, 0, 0])
    expect(put.iv).toBe(call.iv)
    expect(call.delta).toBeLessThan(0.01)
  })
})

describe('a volatility that half the spread moves by more than two points', () => {
  const call = (halfSpread: number) => {
    const [one] = makeChain({ model: 'ib_tree', ...made, strikes: [620], greeks: false, halfSpread })
    return withOwnGreeks(spyChain([one!], SLOT), carry)[0]!
  }

  test('is flagged, and its delta is there', () => {
    const { flags, delta, iv } = call(1)
    expect(flagNames(flags)).toEqual(['greeks_own', 'iv_uncertain'])
    expect(delta).toBeGreaterThan(0.95)
    expect(iv).not.toBeNull()
  })

  test('is not flagged where the spread is narrow', () => {
    expect(flagNames(call(0.01).flags)).toEqual(['greeks_own'])
  })

  test('is the only one flagged in a recorded chain', () => {
    const { rows, at } = recordedStrikes()
    const solved = withOwnGreeks(spyChain(rows, at), carry)
    const outside = solved.filter((row) => row.iv !== null && (row.right === 'C') === row.strike > 545)
    const isFlagged = ({ flags }: SnapshotRow) => (flags & QUALITY_FLAGS.iv_uncertain) !== 0
    const points = ({ bid, ask, vega }: SnapshotRow) => (ask! - bid!) / 2 / vega!
    expect(outside.filter((row) => isFlagged(row) !== points(row) > 2)).toEqual([])
    expect(solved.filter(isFlagged).length).toBeGreaterThan(3)
  })
})

describe('dividends', () => {
  const dividend = { exDate: sessionDate('2026-12-18'), amount: 2 }
  const years = (expiry: string) => yearsToExpiry(SLOT, expiryDate(expiry), 'SPY')
  const paying = bare
    .filter(({ expiry }) => expiry === '20261231')
    .map((row) => {
      const exDateYears = (Date.parse('2026-12-18T14:30:00Z') - SLOT) / (365 * 86_400_000)
      const price = treePrice({
        right: row.right as Right,
        spot: 680,
        strike: row.strike,
        years: years(row.expiry),
        volFraction: vol(row.strike),
        rateFraction: 0.04,
        dividends: [{ years: exDateYears, amount: 2 }],
      })!
      return { ...row, bid: price - 0.01, ask: price + 0.01 }
    })
  const furthest = (rows: SnapshotRow[]) =>
    Math.max(...rows.map(({ iv, strike }) => (iv === null ? 0 : Math.abs(iv - vol(strike)))))

  test('one that is listed enters, and volatilities come back', () => {
    expect(furthest(withOwnGreeks(spyChain(paying, SLOT), { ...carry, dividends: [dividend] }))).toBeLessThan(
      3e-4,
    )
  })

  test('one that is not configured is read from put-call parity, to a point of volatility at worst', () => {
    const rows = withOwnGreeks(spyChain(paying, SLOT), carry).filter(
      ({ strike }) => Math.abs(strike / 680 - 1) < 0.05,
    )
    expect(furthest(rows)).toBeLessThan(0.01)
    const gaps = rows
      .filter(({ right }) => right === 'C')
      .map(({ strike, iv }) => {
        const put = rows.find((row) => row.right === 'P' && row.strike === strike)
        return Math.abs(iv! - put!.iv!)
      })
    expect(Math.max(...gaps)).toBeLessThan(0.01)
  })
})

test('parity that is off by more than a hundredth is ignored', () => {
  const broken = bare.map((row) => ({ ...row, underlying_price: 640 }))
  const call = withOwnGreeks(spyChain(broken, SLOT), carry).find(
    ({ right, strike }) => right === 'C' && strike === 700,
  )!
  // Priced at 680 with an underlying of 640, a call looks far too expensive.
  expect(call.iv).toBeGreaterThan(0.25)
})

test('rate and dividends are settings, by symbol', () => {
  const options = analyticsOptions.parse({ dividends: { SPY: [{ exDate: '2026-12-18', amount: 1.9 }] } })
  expect(carryOf(options, 'SPY')).toEqual({
    rateFraction: 0.04,
    dividends: [{ exDate: '2026-12-18', amount: 1.9 }],
  })
  expect(carryOf(options, 'QQQ').dividends).toEqual([])
  expect(() => analyticsOptions.parse({ dividends: { SPY: [{ exDate: '2026-02-30', amount: 1 }] } })).toThrow(
    'is not a calendar date',
  )
})
