import { describe, expect, test } from 'vitest'
import { flagBelowForward } from '../../src/analytics/quality/below-forward.ts'
import { chainQuality } from '../../src/analytics/quality/chain-quality.ts'
import { termPoint } from '../../src/analytics/volatility/at-the-money.ts'
import { interpolateVol } from '../../src/analytics/volatility/constant-maturity.ts'
import { withOwnGreeks } from '../../src/analytics/volatility/own-greeks.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import { flagOutliers } from '../../src/snapshot/iv-outliers.ts'
import { flagNames, flagsOf, QUALITY_FLAGS } from '../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { rowOf, SLOT } from './chains.ts'
import { ES_FUTURES, esRows, grouped, RATE, spxRows, vixRows } from './index-chains.ts'

const carry = { rateFraction: RATE, dividends: [] }
const none = { halted: false, complete: true, opening: false, afterClose: false, underlyingConfirmedAt: SLOT }
const below = (rows: readonly SnapshotRow[]) =>
  flagBelowForward(
    rows.map((row) => ({ ...row, flags: flagsOf({ ...row, ...none }) })),
    grouped(rows),
    carry,
  ).filter(({ flags }) => flags & QUALITY_FLAGS.below_intrinsic)
const termsOf = (rows: readonly SnapshotRow[]) =>
  grouped(rows).expirations.map((one) => termPoint(one, carry, SLOT))

describe('SPX, two classes of one expiry', () => {
  const rows = spxRows()
  const { expirations } = grouped(rows)

  test('are two expirations, the one settled in the morning with the night more', () => {
    expect(expirations.map(({ tradingClass, expiry }) => `${expiry} ${tradingClass}`)).toEqual([
      '20261204 SPXW',
      '20261217 SPXW',
      '20261217 SPX',
      '20261218 SPXW',
      '20261231 SPXW',
    ])
    const opening = newYorkInstant(sessionDate('2026-12-18'), '09:30')
    expect(expirations[2]?.expiresAt).toBe(opening)
    expect(expirations[2]!.minutes - expirations[1]!.minutes).toBe(17.5 * 60)
    for (const { strikes } of expirations) expect(strikes).toHaveLength(49)
  })

  test('without a stored time the rule of the class has it', () => {
    const old = rows.map((row) => ({ ...row, expires_at: null }))
    expect(grouped(old).expirations.map(({ minutes }) => minutes)).toEqual(
      expirations.map(({ minutes }) => minutes),
    )
  })

  test('each has its own volatility and forward', () => {
    const terms = termsOf(rows)
    const discountless = (at: number) => terms[at]!.forward.value!.forward
    expect(discountless(0)).toBeCloseTo(
      6_800 * (1 - 0.012 * (terms[0]!.days / 365)) * Math.exp(RATE * (terms[0]!.days / 365)),
      1,
    )
    for (const [at, level] of [0.15, 0.16, 0.17, 0.172, 0.18].entries()) {
      const skewed = level - 0.3 * (discountless(at) / 6_800 - 1)
      expect(terms[at]?.own.value).toBeCloseTo(skewed, 4)
    }
  })

  test('own greeks are those of Black-Scholes, on the level of the index', () => {
    const solved = withOwnGreeks(grouped(rows), carry)
    for (const { iv, strike, trading_class, expiry } of solved) {
      if (iv === null) continue
      const level =
        { '20261204': 0.15, '20261218': 0.172, '20261231': 0.18 }[expiry] ??
        (trading_class === 'SPX' ? 0.17 : 0.16)
      // Far in the money a cent of rounding is much of the time value.
      if (Math.abs(strike - 6_800) <= 200) expect(iv).toBeCloseTo(level - 0.3 * (strike / 6_800 - 1), 3)
    }
    expect(solved.filter(({ greeks_source }) => greeks_source === 'own').length).toBeGreaterThan(450)
    const pair = solved.filter(({ strike, expiry }) => strike === 6_800 && expiry === '20261231')
    const [call, put] = [pair.find(({ right }) => right === 'C')!, pair.find(({ right }) => right === 'P')!]
    expect(call.delta! - put.delta!).toBeCloseTo(1, 6)
    expect(call.gamma).toBeCloseTo(put.gamma!, 7)
  })

  test('a European put may cost less than its distance from the index', () => {
    const puts = rows.filter((row) => row.right === 'P' && row.strike - 6_800 > row.ask!)
    expect(puts.length).toBeGreaterThan(10)
    expect(below(rows)).toEqual([])
    const deep = puts[0]!
    const cheap = rows.map((row) => (row === deep ? { ...row, bid: row.bid! - 9, ask: row.ask! - 9 } : row))
    expect(below(cheap).map(({ strike }) => strike)).toEqual([deep.strike])
  })

  test('it contradicts itself nowhere, and a contradiction within a class is found', () => {
    const clean = { verticalMonotone: 0, verticalWidth: 0, butterfly: 0, calendar: 0, parity: { beyond: 0 } }
    expect(chainQuality(grouped(rows), carry)).toMatchObject(clean)
    const unknown = rows.map((row) => ({ ...row, pv_dividend: null }))
    expect(chainQuality(grouped(unknown), carry)).toMatchObject(clean)
    const broken = rows.map((row) =>
      row.trading_class === 'SPXW' && row.expiry === '20261217' && row.strike === 6_800 && row.right === 'C'
        ? { ...row, bid: row.bid! + 60, ask: row.ask! + 60 }
        : row,
    )
    const { calendar, parity } = chainQuality(grouped(broken), carry)
    expect([calendar, parity.beyond]).toEqual([1, 1])
  })

  test('parity is of the moment of each quote, not of the whole chain', () => {
    // The index rose by 3 points while the chain was collected: options of the first half were quoted before.
    const moved = rows.map((row, at) => {
      if (at >= rows.length / 2) return row
      const delta = row.right === 'C' ? 0.5 : -0.5
      const change = (price: number | null) => Math.max(0.01, (price ?? 0) - 3 * delta)
      return { ...row, delta, bid: change(row.bid), ask: change(row.ask), underlying_price: 6_797 }
    })
    expect(chainQuality(grouped(moved), carry).parity.residual95).toBeLessThan(0.5)
  })

  test('a volatility is compared with its own class', () => {
    // Every other strike is of the other class: as one smile, each would be an outlier of the other.
    const mixed = range9().flatMap((strike, at) => [
      rowOf({ symbol: 'SPX', trading_class: at % 2 ? 'SPX' : 'SPXW', strike, iv: at % 2 ? 0.2 : 0.16 }),
    ])
    expect(flagOutliers(mixed).filter(({ flags }) => flags & QUALITY_FLAGS.iv_outlier)).toEqual([])
    const wrong = mixed.map((row) => (row.strike === 6_750 ? { ...row, iv: 0.2 } : row))
    const found = flagOutliers(wrong).filter(({ flags }) => flags & QUALITY_FLAGS.iv_outlier)
    expect(found.map(({ strike }) => strike)).toEqual([6_750])
  })
})

function range9(): number[] {
  return Array.from({ length: 24 }, (_, at) => 6_500 + 25 * at)
}

describe('ES, options on several futures', () => {
  const rows = esRows()
  const chain = grouped(rows)

  test('each expiration has the price of its own future, the chain that of the nearest', () => {
    expect(chain.expirations.map(({ spot }) => spot)).toEqual([6_830, 6_830, 6_893.5])
    expect(chain.spot).toBe(ES_FUTURES.near.price)
    const unknown = rows.map((row) => ({ ...row, underlying_con_id: null }))
    expect(grouped(unknown).spot).toBe(ES_FUTURES.near.price)
  })

  test('volatilities, by each style', () => {
    for (const [at, level] of [0.15, 0.16, 0.18].entries()) {
      expect(termsOf(rows)[at]?.own.value).toBeCloseTo(level, 4)
    }
  })

  test('own greeks, the price of the future held', () => {
    const solved = withOwnGreeks(chain, carry).filter(({ iv }) => iv !== null)
    expect(solved.length).toBeGreaterThan(200)
    for (const { iv, strike, expiry, underlying_price: price } of solved) {
      const level = { '20261204': 0.15, '20261218': 0.16, '20261231': 0.18 }[expiry]!
      if (Math.abs(strike / price! - 1) < 0.03) expect(iv).toBeCloseTo(level - 0.3 * (strike / price! - 1), 3)
    }
  })

  test('parity holds on each future, and no expirations of two futures are compared', () => {
    const clean = { verticalMonotone: 0, verticalWidth: 0, butterfly: 0, calendar: 0, parity: { beyond: 0 } }
    expect(chainQuality(chain, carry)).toMatchObject(clean)
    // One price for the whole chain would be 60 points off for the later future.
    expect(chainQuality(chain, carry).parity.residual95).toBeLessThan(0.5)
    expect(below(rows)).toEqual([])
  })
})

describe('VIX, options on forwards', () => {
  const rows = vixRows()
  const chain = grouped(rows)

  test('the level of the index is not their underlying', () => {
    expect(chain.expirations.map(({ spot, pricedOn }) => [spot, pricedOn])).toEqual(
      Array(3).fill([null, 'forward']),
    )
    expect(chain.spot).toBe(15)
  })

  test('each expiration has the volatility of its own forward', () => {
    expect(termsOf(rows).map(({ forward }) => forward.value?.forward)).toEqual([
      expect.closeTo(17.4, 6),
      expect.closeTo(18.1, 6),
      expect.closeTo(19.2, 6),
    ])
    expect(termsOf(rows).map(({ own }) => own.value)).toEqual([
      expect.closeTo(0.9, 5),
      expect.closeTo(0.8, 5),
      expect.closeTo(0.7, 5),
    ])
  })

  test('own greeks follow the forward, and there are none without it', () => {
    const solved = withOwnGreeks(chain, carry)
    const near = solved.find(
      ({ strike, right, expiry }) => strike === 17.5 && right === 'C' && expiry === '20261215',
    )!
    // On the level of 15 the call would be far out of the money.
    expect(near.iv).toBeCloseTo(0.9, 3)
    expect(near.delta).toBeGreaterThan(0.45)
    const alone = rows.filter(({ right }) => right === 'C')
    expect(withOwnGreeks(grouped(alone), carry)).toEqual(alone)
  })

  test('neither quality nor flags hold an option against the index', () => {
    // The put 20 of December costs 3.1, with the index at 15.
    const put = rows.find(
      ({ strike, right, expiry }) => strike === 20 && right === 'P' && expiry === '20261215',
    )!
    expect(put.ask).toBeLessThan(20 - 15)
    expect(flagNames(flagsOf({ ...put, ...none }))).not.toContain('below_intrinsic')
    expect(below(rows)).toEqual([])
    const clean = { verticalMonotone: 0, verticalWidth: 0, butterfly: 0, calendar: 0, parity: { beyond: 0 } }
    expect(chainQuality(chain, carry)).toMatchObject(clean)
    const cheap = rows.map((row) => (row === put ? { ...row, bid: 2, ask: 2.1 } : row))
    expect(below(cheap)).toHaveLength(1)
  })

  test('a higher forward of the later expiration is no arbitrage', () => {
    // Calls of December cost more than those of the next week would, were the forwards the other way round.
    const inverted = rows.map((row) =>
      row.expiry === '20261215' && row.right === 'C' ? { ...row, bid: row.bid! + 3, ask: row.ask! + 3 } : row,
    )
    expect(chainQuality(grouped(inverted), carry).calendar).toBe(0)
  })
})

test('thirty days between the classes of SPX', () => {
  const terms = termsOf(spxRows())
  const [near, next] = [terms[3]!, terms[4]!]
  const at = (one: typeof near) => ({ days: one.days, volFraction: one.own.value! })
  expect(near.days).toBeLessThan(30)
  expect(interpolateVol(at(near), at(next))).toBeGreaterThan(near.own.value!)
})
