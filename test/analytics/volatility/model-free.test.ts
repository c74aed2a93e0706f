import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Expiration, Sides, Strike } from '../../../src/analytics/chain.ts'
import { parityForward } from '../../../src/analytics/volatility/forward/forward.ts'
import {
  combineStrips,
  modelFree30,
  type StripCandidate,
} from '../../../src/analytics/volatility/model-free.ts'
import { type Strip, varianceStrip } from '../../../src/analytics/volatility/variance-strip.ts'
import { europeanPrice } from '../../../src/market/pricing/european.ts'
import { epochMs } from '../../../src/market/units.ts'
import { SLOT } from '../chains.ts'
import { readCsv } from '../fixtures.ts'

type Term = 'near' | 'next'
interface PublishedTerm {
  minutes: number
  R: number
  F: number
  K0: number
  n: number
  kmin: number
  kmax: number
  sum_contributions: number
  sigma2: number
}
interface Published {
  near: PublishedTerm
  next: PublishedTerm
  VIX: number
  sigma_30: number
  recomputed: number
}
type Document = Record<'cboe_methodology_v6_2026' | 'cboe_whitepaper_2014_2019_same_quotes', Published>

const folder = join(import.meta.dirname, '../../fixtures/vix-example')
const published = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Document
const quotes = readCsv('vix-example/quotes.csv')

function strikesOf(term: Term): Strike<Sides>[] {
  return quotes
    .filter(([name]) => name === term)
    .map((cells) => {
      const [strike, callBid, callAsk, putBid, putAsk] = cells.slice(1).map(Number) as [number, ...number[]]
      const side = (bid: number | undefined, ask: number | undefined) => ({
        bid: bid ?? null,
        ask: ask ?? null,
      })
      return { strike, call: side(callBid, callAsk), put: side(putBid, putAsk) }
    })
}

function stripOf(term: Term, { minutes, R }: PublishedTerm): Strip {
  const strip = varianceStrip(withForward({ minutes, strikes: strikesOf(term) }, R), R)
  if (strip.reason !== null) throw new Error(strip.reason)
  return strip.value
}

/** Quotes of European options: parity gives their forward. */
function withForward(quotes: Pick<Expiration<Sides>, 'minutes' | 'strikes'>, rate = 0) {
  const expiresAt = epochMs(SLOT + quotes.minutes * 60_000)
  return { ...quotes, expiresAt, settlement: 'pm' as const, forward: parityForward(quotes, rate) }
}

describe("Cboe's worked example", () => {
  const cboe = published.cboe_methodology_v6_2026

  test.each<Term>(['near', 'next'])('every published intermediate of the %s term is met', (term) => {
    const truth = cboe[term]
    const strip = stripOf(term, truth)
    expect(strip.forward).toBeCloseTo(truth.F, 5)
    expect(strip).toMatchObject({ k0: truth.K0, count: truth.n })
    expect([strip.lowestStrike, strip.highestStrike]).toEqual([truth.kmin, truth.kmax])
    expect(strip.contributions).toBeCloseTo(truth.sum_contributions, 9)
    expect(strip.variance).toBeCloseTo(truth.sigma2, 8)
  })

  test('the index is 13.93, and with the older rates and times on the same quotes 13.69', () => {
    const older = published.cboe_whitepaper_2014_2019_same_quotes
    const index = combineStrips(stripOf('near', cboe.near), stripOf('next', cboe.next))
    expect(index.points).toBeCloseTo(100 * cboe.sigma_30, 5)
    expect(index.points.toFixed(2)).toBe('13.93')
    expect(index.wingTruncated).toBe(false)
    const earlier = combineStrips(stripOf('near', older.near), stripOf('next', older.next))
    expect(earlier.points).toBeCloseTo(older.recomputed, 6)
    expect(earlier.points.toFixed(2)).toBe('13.69')
  })
})

/** Options of one volatility at all strikes, one dollar apart, within a window; with Black-Scholes prices. */
function flatSmile(volFraction: number, { days, window }: { days: number; window: number }): StripCandidate {
  const option = { spot: 500, years: days / 365, rateFraction: 0 }
  const strikes: Strike<Sides>[] = []
  for (let strike = Math.ceil(500 * (1 - window)); strike <= 500 * (1 + window); strike++) {
    const quote = (right: 'C' | 'P') => {
      const { price } = europeanPrice({ ...option, right, strike }, volFraction)
      return { bid: Math.max(0, price), ask: Math.max(0, price) }
    }
    strikes.push({ strike, call: quote('C'), put: quote('P') })
  }
  return withForward({ minutes: days * 1_440, strikes })
}

/**
 * Volatility less that at the money, by log moneyness ln(K/F): the quotes of SPY on 2024-06-14, 28 days. Beyond the last
 * points it stays.
 */
const SKEW = [
  [-0.4968, 0.4897],
  [-0.3558, 0.3725],
  [-0.2556, 0.2721],
  [-0.209, 0.2223],
  [-0.1431, 0.1489],
  [-0.1014, 0.0999],
  [-0.0674, 0.0624],
  [-0.0326, 0.0254],
  [-0.0191, 0.014],
  [0.0, 0.0],
  [0.0186, -0.0073],
  [0.032, -0.0096],
  [0.0497, -0.008],
  [0.0671, 0.0035],
  [0.1011, 0.0383],
] as const

function skewAt(moneyness: number): number {
  const next = SKEW.findIndex(([k]) => k >= moneyness)
  if (next <= 0) return (next === 0 ? SKEW[0] : SKEW[SKEW.length - 1]!)[1]
  const [[from, low], [to, high]] = [SKEW[next - 1]!, SKEW[next]!]
  return low + ((moneyness - from) / (to - from)) * (high - low)
}

/** Six points of volatility for each ten percent down to the half, and no rise of calls: an index in nervous times. */
function evenSkew(moneyness: number): number {
  return -0.6 * Math.min(0, Math.max(Math.log(0.5), moneyness))
}

interface SkewedSmile {
  readonly days: number
  readonly window: number
  readonly skew: (moneyness: number) => number
}

/** The same chain with the skew of an index. */
function skewedSmile(atTheMoney: number, { days, window, skew }: SkewedSmile): StripCandidate {
  const option = { spot: 500, years: days / 365, rateFraction: 0 }
  const strikes: Strike<Sides>[] = []
  for (let strike = Math.ceil(500 * (1 - window)); strike <= 500 * (1 + window); strike++) {
    const vol = atTheMoney + skew(Math.log(strike / 500))
    const quote = (right: 'C' | 'P') => {
      const price = Math.max(0, europeanPrice({ ...option, right, strike }, vol).price)
      return { bid: price, ask: price }
    }
    strikes.push({ strike, call: quote('C'), put: quote('P') })
  }
  return withForward({ minutes: days * 1_440, strikes })
}

describe('the wings of an index', () => {
  const pointsOf = (atTheMoney: number, skew: SkewedSmile['skew'], window: number) => {
    const smiles = [29, 31].map((days) => skewedSmile(atTheMoney, { days, window, skew }))
    const result = modelFree30(smiles, 0)
    if (result.reason !== null) throw new Error(result.reason)
    return result.value
  }

  // As in docs/numbers.md.
  test.each([
    ['an even skew', 12, '0.01', evenSkew],
    ['an even skew', 18, '0.09', evenSkew],
    ['an even skew', 26, '0.41', evenSkew],
    ['an even skew', 40, '2.04', evenSkew],
    ['the skew of SPY', 10, '0.63', skewAt],
    ['the skew of SPY', 18, '1.36', skewAt],
    ['the skew of SPY', 26, '2.49', skewAt],
  ])('with %s from %d points a window of 20 percent loses %s', (_, points, missing, skew) => {
    const [whole, cut] = [pointsOf(points / 100, skew, 0.9), pointsOf(points / 100, skew, 0.2)]
    expect((whole.points - cut.points).toFixed(2)).toBe(missing)
    expect(cut.missingPoints).toBeGreaterThan(0.5 * (whole.points - cut.points))
    expect(cut.missingPoints).toBeLessThan(2 * (whole.points - cut.points) + 0.05)
  })
})

describe('the wings', () => {
  const at30Days = (volFraction: number, window: number) => {
    const expirations = [29, 31].map((days) => flatSmile(volFraction, { days, window }))
    const result = modelFree30(expirations, 0)
    if (result.reason !== null) throw new Error(result.reason)
    return result.value
  }

  test('with all strikes a flat smile gives its volatility back', () => {
    expect(at30Days(0.25, 0.9).points).toBeCloseTo(25, 1)
    expect(at30Days(0.25, 0.9).wingTruncated).toBe(false)
  })

  // The true shares: the integral of Q(K)/K² beyond ±20 %.
  test.each([
    [25, 0.01, false],
    [40, 0.48, true],
    [60, 3.13, true],
  ])(
    'at %d points a window of 20 percent loses %f points, and is marked from 0.05 on',
    (points, missing, truncated) => {
      const cut = at30Days(points / 100, 0.2)
      expect(Math.abs(points - cut.points - missing)).toBeLessThan(0.06)
      expect(cut.wingTruncated).toBe(truncated)
      expect(cut.missingPoints).toBeGreaterThan(0.5 * missing)
      expect(cut.missingPoints).toBeLessThan(2 * missing + 0.01)
    },
  )
})

describe('walking outward', () => {
  const quote = (bid: number | null, ask: number | null) => ({ bid, ask })
  const around = (puts: Sides[], calls: Sides[]): Strike<Sides>[] => [
    ...puts.map((put, at) => ({ strike: 99 - at, call: null, put })).reverse(),
    { strike: 100, call: quote(2, 2.1), put: quote(2, 2.1) },
    ...calls.map((call, at) => ({ strike: 101 + at, call, put: null })),
  ]
  const good = quote(1, 1.1)
  const zero = quote(0, 0.05)
  const walked = (puts: Sides[], calls: Sides[]) =>
    varianceStrip(withForward({ minutes: 43_200, strikes: around(puts, calls) }), 0)

  test.each<[string, Sides[], number]>([
    ['two zero bids end the walk', [good, zero, zero, good], 99],
    ['a single zero bid is passed over', [good, zero, good], 97],
    ['a good quote starts the count anew', [good, zero, good, zero, good, zero, zero, good], 95],
    ['a missing bid counts as zero', [good, quote(null, 1), quote(null, null), good], 99],
    ['a zero ask is passed over and does not count', [good, quote(1, 0), zero, quote(1, null), good], 95],
    ['a crossed quote is passed over and does not count', [good, zero, quote(2, 1), good], 96],
  ])('%s', (_, puts, lowest) => {
    expect(walked(puts, [good]).value?.lowestStrike).toBe(lowest)
  })

  test('without a two-sided quote at K0 there is no value', () => {
    // The forward is 101: the pair at 100 sets it, and the pair at 101 lacks a bid.
    const strikes: Strike<Sides>[] = [
      { strike: 99, call: good, put: quote(5, 5.1) },
      { strike: 100, call: quote(3, 3.1), put: quote(2, 2.1) },
      { strike: 101, call: quote(0, 2), put: quote(2, 2.1) },
      { strike: 102, call: good, put: quote(5, 5.1) },
    ]
    expect(varianceStrip(withForward({ minutes: 43_200, strikes }), 0)).toEqual({
      value: null,
      reason: 'no_k0_quote',
    })
  })

  test.each<[string, Strike<Sides>[], string]>([
    ['no strikes', [], 'no_parity_pair'],
    ['one-sided quotes', around([zero], [zero]).map((one) => ({ ...one, call: null })), 'no_parity_pair'],
    ['nothing but the middle', around([], []), 'too_few_strikes'],
  ])('%s: null with its reason', (_, strikes, reason) => {
    expect(varianceStrip(withForward({ minutes: 43_200, strikes }), 0)).toEqual({ value: null, reason })
  })

  test('expirations on one side of 30 days only give no value', () => {
    const single = flatSmile(0.2, { days: 20, window: 0.3 })
    expect(modelFree30([single], 0)).toEqual({ value: null, reason: 'no_bracket' })
    expect(modelFree30([], 0)).toEqual({ value: null, reason: 'no_chain' })
  })
})
