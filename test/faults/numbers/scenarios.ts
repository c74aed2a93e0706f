import { type SessionDate, sessionDate } from '../../../src/market/units.ts'
import type { QuoteFaults } from './made-chain.ts'
import type { Told } from './slot-errors.ts'
import type { TrueMarket } from './true-market.ts'

/** A market over a time, how it is quoted, and what the figures are told about it. */
export interface Scenario {
  readonly name: string
  readonly market: TrueMarket
  /** The dividends of the settings. */
  readonly told: Told
  readonly withPvDividend: boolean
  readonly strikeStep: number
  /** Share of the forward up to which strikes are listed. */
  readonly wingFraction: number
  readonly faults: QuoteFaults
  /** Whether the bias of iv30 has to be under 0.02 points. */
  readonly isGoal: boolean
}

/** Seven weeks before an ex-date to six after. */
export const QUARTER = { from: sessionDate('2026-11-02'), to: sessionDate('2027-01-29') }
export const EX_DATE: SessionDate = sessionDate('2026-12-18')
const NEXT_EX_DATE: SessionDate = sessionDate('2027-03-19')
const RATE_FRACTION = 0.04

const FUND: TrueMarket = {
  symbol: 'SPY',
  style: 'american',
  rateFraction: RATE_FRACTION,
  dividends: [
    { exDate: EX_DATE, amount: 1.95 },
    { exDate: NEXT_EX_DATE, amount: 1.7 },
  ],
  spot: 680,
  vol30Fraction: 0.13,
}

/** A stock that pays one percent a quarter. */
const STOCK: TrueMarket = {
  ...FUND,
  symbol: 'KO',
  spot: 200,
  vol30Fraction: 0.28,
  dividends: [
    { exDate: EX_DATE, amount: 2 },
    { exDate: NEXT_EX_DATE, amount: 2 },
  ],
}

const INDEX: TrueMarket = {
  ...FUND,
  symbol: 'XSP',
  style: 'european',
  spot: 680,
}

const untold: Told = { rateFraction: RATE_FRACTION, dividends: [] }
const informed: Told = { ...untold, dividends: FUND.dividends }
const usual = { strikeStep: 1, wingFraction: 0.25, faults: { offCentre: 0.3 }, isGoal: true } as const

export const SCENARIOS: readonly Scenario[] = [
  {
    ...usual,
    name: 'fund, pv_dividend with the ex-date of the settings',
    market: FUND,
    told: informed,
    withPvDividend: true,
  },
  {
    ...usual,
    name: 'fund, pv_dividend alone',
    market: FUND,
    told: untold,
    withPvDividend: true,
  },
  {
    ...usual,
    name: 'fund, dividends of the settings',
    market: FUND,
    told: informed,
    withPvDividend: false,
  },
  {
    ...usual,
    name: 'stock that pays 1 % a quarter, pv_dividend with the ex-date',
    market: STOCK,
    told: { ...untold, dividends: STOCK.dividends },
    withPvDividend: true,
  },
  { ...usual, name: 'index, European', market: INDEX, told: untold, withPvDividend: true },
  {
    ...usual,
    name: 'fund, spreads four times as wide',
    market: FUND,
    told: informed,
    withPvDividend: true,
    faults: { widening: 4, offCentre: 0.3 },
  },
  {
    ...usual,
    name: 'fund, 5 % stale, 2 % crossed, 2 % one-sided quotes',
    market: FUND,
    told: informed,
    withPvDividend: true,
    faults: { offCentre: 0.3, stale: 0.05, crossed: 0.02, oneSided: 0.02 },
  },
  {
    ...usual,
    name: 'fund, strikes to ±8 % only',
    market: FUND,
    told: informed,
    withPvDividend: true,
    wingFraction: 0.08,
  },
  {
    ...usual,
    name: 'fund, rate a point too low',
    market: FUND,
    told: { ...informed, rateFraction: RATE_FRACTION - 0.01 },
    withPvDividend: true,
    isGoal: false,
  },
  {
    ...usual,
    name: 'fund, dividends known to nobody',
    market: FUND,
    told: untold,
    withPvDividend: false,
    isGoal: false,
  },
]
