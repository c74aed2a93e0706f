import { describe, expect, test } from 'vitest'
import { analyticsOptions } from '../../src/analytics/options.ts'
import { buildRows, buildSymbolSlot, type QuoteHistories } from '../../src/capture/build-rows.ts'
import type { Harvest } from '../../src/harvest/harvest.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { expiryTimesOf, yearsToExpiry } from '../../src/market/option-hours.ts'
import { treePrice } from '../../src/market/pricing/tree.ts'
import { applyTick, emptyQuote } from '../../src/market/quote.ts'
import { epochMs, expiryDate, sessionDate } from '../../src/market/units.ts'
import { flagNames } from '../../src/snapshot/quality-flags.ts'
import { options as contracts } from '../chain/contracts.ts'

const DATE = sessionDate('2026-11-20')
const EXPIRY = '20261218'
const CONTEXT = {
  date: DATE,
  openAt: newYorkInstant(DATE, '09:30'),
  closeAt: newYorkInstant(DATE, '16:00'),
  openInterest: new Map(),
  expiresAt: expiryTimesOf('SPY'),
}
const LISTED = contracts('SPY', EXPIRY, [670, 675, 680, 685, 690])
const WITH = analyticsOptions.parse({})
const WITHOUT = analyticsOptions.parse({ ownGreeks: false })

/** A smile that the gateway quotes without volatilities; prices are those at `quotedAtSpot`. */
function harvestAt(time: string, { spot, quotedAtSpot = spot }: { spot: number; quotedAtSpot?: number }) {
  const slot = newYorkInstant(DATE, time)
  const at = epochMs(slot + 3_000)
  const years = yearsToExpiry(slot, expiryDate(EXPIRY), 'SPY')
  const answered = LISTED.map((contract) => {
    const { right, strike } = contract
    const price = treePrice({
      right,
      strike,
      spot: quotedAtSpot,
      years,
      volFraction: 0.17,
      rateFraction: 0.04,
    })!
    const quote = emptyQuote()
    for (const [field, value] of Object.entries({
      bid: price - 0.02,
      ask: price + 0.02,
      bidSize: 5,
      askSize: 5,
    }))
      applyTick(quote, { field: field as 'bid', value: Math.round(100 * value) / 100 }, at)
    return { contract, quote, underlying: { price: spot, at, confirmedAt: at }, complete: false }
  })
  const harvest: Harvest = { symbol: 'SPY', answered, gaps: [], startedAt: at, finishedAt: at }
  return { harvest, context: { ...CONTEXT, slot } }
}

describe('greeks where the gateway sends none', () => {
  const { harvest, context } = harvestAt('10:00', { spot: 680 })

  test('are our own, and flagged as such', () => {
    const { rows, quality } = buildRows(harvest, context, { analytics: WITH, quoteHistories: new Map() })
    expect(rows).toHaveLength(10)
    for (const row of rows) {
      expect(row.greeks_source).toBe('own')
      expect(row.iv).toBeCloseTo(0.17, 2)
      expect(Math.abs(row.delta!)).toBeGreaterThan(0.1)
      expect(flagNames(row.flags)).toContain('greeks_own')
      expect(flagNames(row.flags)).not.toContain('iv_missing')
    }
    expect(quality).toMatchObject({ zero_bid_share: 0, vertical_violations: 0, butterfly_violations: 0 })
    expect(quality.parity_residual).toBeLessThan(1)
  })

  test('are missing where own greeks are switched off', () => {
    const { rows } = buildRows(harvest, context, { analytics: WITHOUT, quoteHistories: new Map() })
    for (const row of rows) {
      expect([row.iv, row.delta, row.greeks_source]).toEqual([null, null, null])
      expect(flagNames(row.flags)).toContain('iv_missing')
    }
  })
})

test('an implied volatility far from its neighbours is flagged', () => {
  const { harvest, context } = harvestAt('10:00', { spot: 680 })
  const wide = contracts('SPY', EXPIRY, [660, 665, 670, 675, 680, 685, 690, 695, 700]).map(
    (contract, at) => ({
      ...harvest.answered[0]!,
      contract: { ...contract, right: 'C' as const, strike: 640 + 5 * at },
      quote: structuredClone(harvest.answered[0]!.quote),
    }),
  )
  const greeks = { delta: 0.5, gamma: 0.01, vega: 0.7, theta: -0.2, underlyingPrice: 680, pvDividend: 0 }
  for (const [at, one] of wide.entries()) {
    const impliedVolFraction = at === 4 ? 0.3 : 0.17
    applyTick(one.quote, { field: 'modelGreeks', greeks: { ...greeks, impliedVolFraction } }, context.slot)
  }
  const { rows } = buildRows({ ...harvest, answered: wide }, context, {
    analytics: WITH,
    quoteHistories: new Map(),
  })
  const flagged = rows.filter(({ flags }) => flagNames(flags).includes('iv_outlier'))
  expect(flagged.map(({ iv }) => iv)).toEqual([0.3])
})

test('quotes that do not move with the underlying become stale after some slots, never in a single run', () => {
  const quoteHistories: QuoteHistories = new Map()
  const stale = ['10:00', '10:05', '10:10', '10:15'].map((time, at) => {
    const { harvest, context } = harvestAt(time, { spot: 680 + at, quotedAtSpot: 680 })
    // The option loses value over time, so the same price is set explicitly.
    const still = {
      ...harvest,
      answered: harvestAt('10:00', { spot: 680 + at, quotedAtSpot: 680 }).harvest.answered,
    }
    const isStale = (rows: readonly { flags: number }[]) =>
      rows.some(({ flags }) => flagNames(flags).includes('stale'))
    const alone = buildRows(still, context, { analytics: WITH, quoteHistories: new Map() })
    return [isStale(buildRows(still, context, { analytics: WITH, quoteHistories }).rows), isStale(alone.rows)]
  })
  expect(stale).toEqual([
    [false, false],
    [false, false],
    [false, false],
    [true, false],
  ])
})

test('options on futures are flagged by the session of the future, not by that of the stock exchange', () => {
  const flagsAt = (kind: 'STK' | 'FOP', time: string, date = DATE) => {
    const { harvest } = harvestAt('10:00', { spot: 680 })
    const facts = {
      ...{ openInterest: new Map(), expiresAt: expiryTimesOf('ES'), kind },
      ...{ skipped: 0, underlyingPrice: 680, vix: null },
    }
    const { rows } = buildSymbolSlot(
      { ...harvest, symbol: kind === 'STK' ? 'SPY' : 'ES' },
      { at: newYorkInstant(date, time), date: DATE },
      facts,
      { analytics: WITHOUT, quoteHistories: new Map() },
    )
    return flagNames(rows[0]!.flags).filter((name) => name === 'opening' || name === 'after_close')
  }
  const evening = sessionDate('2026-11-19')
  expect(flagsAt('FOP', '18:00', evening)).toEqual(['opening'])
  expect(flagsAt('FOP', '22:00', evening)).toEqual([])
  expect(flagsAt('FOP', '09:30')).toEqual([])
  expect(flagsAt('FOP', '16:05')).toEqual([])
  expect(flagsAt('STK', '09:30')).toEqual(['opening'])
  expect(flagsAt('STK', '16:05')).toEqual(['after_close'])
})
