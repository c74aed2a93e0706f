import type { Carry } from '../../src/analytics/carry.ts'
import { type ChainRow, type Expiration, groupChain } from '../../src/analytics/chain.ts'
import { expirationPricing } from '../../src/analytics/volatility/forward/expiration-pricing.ts'
import { newYorkInstant, sessionsBetween } from '../../src/market/calendar.ts'
import type { Right } from '../../src/market/contract.ts'
import { expiryTimesOf, yearsToExpiry } from '../../src/market/option-hours.ts'
import type { AmericanModel } from '../../src/market/pricing/implied-vol.ts'
import { smoothAmericanPrice } from '../../src/market/pricing/smooth-american.ts'
import { treeGreeks } from '../../src/market/pricing/tree.ts'
import { type EpochMs, expiryDate, sessionDate } from '../../src/market/units.ts'
import { rounded } from '../../src/snapshot/assemble-rows.ts'
import type { ObservationRow } from '../../src/snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../../src/snapshot/daily-prices.ts'
import { flagsOf } from '../../src/snapshot/quality-flags.ts'
import { GREEK_DECIMALS, NOT_RECORDED, type SnapshotRow } from '../../src/snapshot/row.ts'
import { readCsv } from './fixtures.ts'

export const SLOT = newYorkInstant(sessionDate('2026-11-20'), '11:00')

/** One row, valid unless overridden. */
export function rowOf(overrides: Partial<SnapshotRow>): SnapshotRow {
  const expiry = overrides.expiry ?? '20261218'
  return {
    timestamp: SLOT,
    symbol: 'SPY',
    expiry,
    strike: 680,
    right: 'C',
    bid: 10,
    ask: 10.1,
    last: null,
    bid_size: 10,
    ask_size: 10,
    volume: 1,
    open_interest: 1,
    iv: null,
    delta: null,
    gamma: null,
    theta: null,
    vega: null,
    underlying_price: 680,
    greeks_source: null,
    data_type: 'live',
    quoted_at: SLOT,
    con_id: 1,
    trading_class: 'SPY',
    flags: 0,
    ...NOT_RECORDED,
    yearmonth: expiry.slice(0, 6),
    date: '2026-11-20',
    ...overrides,
  }
}

export interface MadeChain {
  readonly at?: EpochMs
  readonly spot?: number
  readonly rateFraction?: number
  /** Volatility by strike and days to expiry. */
  readonly vol: (strike: number, days: number) => number
  readonly expiries: readonly string[]
  readonly strikes: readonly number[]
  /** Dollars to each side of the price. */
  readonly halfSpread?: number
  /** The model of the prices: `smooth` has none of the sawtooth over strikes that IB's tree has. */
  readonly model?: AmericanModel
  /** Whether the rows carry volatility and greeks, as from IB. */
  readonly greeks?: boolean
}

/** American prices, so that results can be compared with the inputs, and greeks of IB's model. */
export function makeChain(made: MadeChain): SnapshotRow[] {
  const { at = SLOT, spot = 680, rateFraction = 0.04, halfSpread = 0.01 } = made
  const rows: SnapshotRow[] = []
  for (const expiry of made.expiries) {
    const years = yearsToExpiry(at, expiryDate(expiry), 'SPY')
    for (const strike of made.strikes) {
      for (const right of ['C', 'P'] as Right[]) {
        const volFraction = made.vol(strike, years * 365)
        const priced = treeGreeks({ right, spot, strike, years, volFraction, rateFraction })!
        const smooth = smoothAmericanPrice({
          right,
          spot,
          strike,
          years,
          volFraction,
          rateFraction,
        }) as number
        const price = made.model === 'ib_tree' ? priced.price : smooth
        // As the collector rounds them.
        const iv = rounded(volFraction, GREEK_DECIMALS.iv)
        const greeks = Object.fromEntries(
          (['delta', 'gamma', 'theta', 'vega'] as const).map((name) => [
            name,
            rounded(priced[name], GREEK_DECIMALS[name]),
          ]),
        )
        rows.push(
          rowOf({
            timestamp: at,
            expiry,
            strike,
            right,
            bid: Math.max(0, price - halfSpread),
            ask: price + halfSpread,
            underlying_price: spot,
            quoted_at: at,
            con_id: rows.length + 1,
            ...(made.greeks === false ? {} : { iv, greeks_source: 'ib_model', ...greeks }),
          }),
        )
      }
    }
  }
  return rows
}

/** Strikes from one to another, both included. */
export function range(from: number, to: number, step = 5): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step)
}

/** The whole recorded SPY chain of 2024-06-14, 15:28:47 UTC: quotes and nothing else. */
export function recordedChain(): { rows: SnapshotRow[]; at: EpochMs } {
  const at = newYorkInstant(sessionDate('2024-06-14'), '11:28:47')
  const rows = readCsv('spy-quotes-2024-06-14.csv').flatMap(([expiry = '', strike, ...sides]) =>
    (['C', 'P'] as const).flatMap((right, index) => {
      const [bid, ask] = sides.slice(2 * index, 2 * index + 2)
      if (!bid || !ask) return []
      const facts = {
        expiry,
        strike: Number(strike),
        right,
        bid: Number(bid),
        ask: Number(ask),
        underlying_price: 541.6500032,
        quoted_at: at,
      }
      const none = { halted: false, complete: true, opening: false, afterClose: false }
      const row = rowOf({ timestamp: at, ...facts, date: '2024-06-14' })
      return [{ ...row, flags: flagsOf({ ...row, ...none, underlyingConfirmedAt: at }) }]
    }),
  )
  return { rows, at }
}

/** Some strikes of each expiration of that chain, again quotes and nothing else. */
export function recordedStrikes(): { rows: SnapshotRow[]; at: EpochMs } {
  const at = newYorkInstant(sessionDate('2024-06-14'), '11:28:47')
  const side = (text: string | undefined) => (text ? Number(text) : null)
  const rows = readCsv('spy-chain-2024-06-14.csv').map(([, expiry = '', strike, right, bid, ask]) =>
    rowOf({
      ...{ timestamp: at, quoted_at: at, date: '2024-06-14' },
      ...{ expiry, strike: Number(strike), right: right as string, bid: side(bid), ask: side(ask) },
      underlying_price: 541.6500032,
    }),
  )
  return { rows, at }
}

export function expirations(rows: readonly SnapshotRow[], at = SLOT) {
  return spyChain(rows, at).expirations
}

/** A chain of SPY, grouped. */
export function spyChain<Row extends ChainRow>(rows: readonly Row[], slot: EpochMs) {
  return groupChain(rows, { slot, expiresAt: expiryTimesOf('SPY') })
}

/** Expirations with their forwards, as the strip takes them. */
export function stripCandidates(
  expirations: readonly Expiration[],
  carry: Carry | number,
  at: EpochMs = SLOT,
) {
  const own = typeof carry === 'number' ? { rateFraction: carry, dividends: [] } : carry
  return expirations.map((one) => ({ ...one, forward: expirationPricing(one, own, at) }))
}

/** A year of IB's daily volatilities and closes before 2026-11-20: 15 to 18.9 %, closes that rise. */
export function ibIndexHistory(symbol: string, recordedAt: EpochMs = SLOT): ObservationRow[] {
  const days = sessionsBetween(sessionDate('2025-11-10'), sessionDate('2026-11-19'))
  return days.map(({ date }, at) => ({
    symbol,
    date,
    source: 'ib_index',
    iv30: 0.15 + (at % 40) / 1_000,
    close: 600 + at / 4,
    vix: null,
    cycles: null,
    recorded_at: recordedAt,
    definition_version: null,
    ...NO_DAILY_PRICES,
  }))
}
