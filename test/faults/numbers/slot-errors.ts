import type { ListedDividend } from '../../../src/analytics/carry.ts'
import { groupChain } from '../../../src/analytics/chain.ts'
import { slotMetrics } from '../../../src/analytics/slot-metrics.ts'
import { withOwnGreeks } from '../../../src/analytics/volatility/own-greeks.ts'
import { newYorkDate } from '../../../src/market/calendar.ts'
import { expiryTimesOf } from '../../../src/market/option-hours.ts'
import type { PricedOption } from '../../../src/market/pricing/option.ts'
import type { EpochMs } from '../../../src/market/units.ts'
import { type GridSize, gridGreeks } from '../../support/finite-difference.ts'
import type { MadeRow } from './made-chain.ts'
import { trueModelFree, trueSkew25 } from './true-figures.ts'
import { type TrueMarket, trueAtmVol, trueForward } from './true-market.ts'

/** The figures that are judged, and their units. */
export const JUDGED = {
  iv30: 'points',
  term_slope: 'points',
  mfiv30: 'points',
  skew_25d: 'points',
  'at the money, per expiration': 'points',
  forward: 'cents',
  'own volatility, out of the money': 'half-spreads',
  'own delta': '$ per $',
  'own gamma, times price': '$ per 1 %',
  'own vega': '$',
  'own theta': '$ a day',
  'surface, forward': 'cents',
  'surface, at the money': 'points',
  'surface, slope': 'points for 1 %',
  'surface, 2 deviations below': 'points',
  'surface, 1.5 deviations above': 'points',
} as const
export type JudgedFigure = keyof typeof JUDGED

/** Ours less true; null where ours is absent, with the reason. */
export interface FigureError {
  readonly figure: JudgedFigure
  readonly error: number | null
  readonly reason: string | null
}

/** What the figures are told beside the rows. */
export interface Told {
  readonly rateFraction: number
  readonly dividends: readonly ListedDividend[]
}

/** One slot of a market: its rows and where they were made. */
export interface MadeSlot {
  readonly at: EpochMs
  readonly spot: number
  readonly rows: readonly MadeRow[]
}

/** The rows with our own volatilities and greeks, and all figures of the slot. */
export function figuresOf(market: TrueMarket, { at, rows }: MadeSlot, told: Told) {
  const { symbol } = market
  const bare = rows.map(({ row }) => row)
  const filled = withOwnGreeks(groupChain(bare, { slot: at, expiresAt: expiryTimesOf(symbol) }), told)
  const past = { history: [], sessions: [], dailyBars: [], intradayBars: [] }
  const received = { vix: null, ivIndexFraction: null }
  const metrics = slotMetrics({
    slot: at,
    symbol,
    date: newYorkDate(at),
    rows: filled,
    carry: told,
    ...past,
    ...received,
  })
  return { filled, metrics }
}

/** Errors of the figures of the whole slot. */
export function figureErrors(
  market: TrueMarket,
  { at, spot }: MadeSlot,
  { metrics }: ReturnType<typeof figuresOf>,
): FigureError[] {
  const { figures, terms } = metrics
  const errors: FigureError[] = []
  const judge = (
    figure: JudgedFigure,
    ours: { readonly value: number | null; readonly reason: string | null },
    truth: number,
    scale = 1,
  ) => {
    const error = ours.value === null ? null : scale * (ours.value - truth)
    errors.push({ figure, error, reason: ours.reason })
  }
  const volAt = (days: number) => trueAtmVol(market, days / 365)
  judge('iv30', figures.iv30, volAt(30), 100)
  judge('term_slope', figures.term_slope, volAt(45) - volAt(14), 100)
  judge('mfiv30', figures.mfiv30, 100 * trueModelFree(market, 30 / 365))
  judge('skew_25d', figures.skew_25d, trueSkew25(market), 100)
  for (const { own, forward, days } of terms) {
    const years = days / 365
    judge('at the money, per expiration', own, trueAtmVol(market, years), 100)
    const found = { value: forward.value?.forward ?? null, reason: forward.reason }
    judge('forward', found, trueForward(market, at, { spot, years }), 100)
  }
  return errors
}

/** Errors of our own volatilities and greeks of the rows out of the money whose quote is worth more than a few cents. */
export function greekErrors(
  { rows, spot }: MadeSlot,
  { filled }: ReturnType<typeof figuresOf>,
  grid: GridSize,
): FigureError[] {
  const errors: FigureError[] = []
  for (const [index, { option, row: quoted }] of rows.entries()) {
    const isOut = option.right === 'C' ? option.strike >= spot : option.strike <= spot
    const truth = gridGreeks(option, grid)
    if (!isOut || truth === null || quoted.flags !== CLEAN || (quoted.bid ?? 0) < LEAST_BID) continue
    const row = filled[index]
    const judge = (figure: JudgedFigure, ours: number | null | undefined, true_: number, scale = 1) => {
      const error = ours == null ? null : scale * (ours - true_)
      errors.push({ figure, error, reason: error === null ? 'no volatility' : null })
    }
    const halfSpread = ((quoted.ask as number) - (quoted.bid as number)) / 2
    const points = (100 * truth.vega) / halfSpread
    judge('own volatility, out of the money', row?.iv, option.volFraction, points)
    judge('own delta', row?.delta, truth.delta)
    judge('own gamma, times price', row?.gamma, truth.gamma, spot / 100)
    judge('own vega', row?.vega, truth.vega)
    judge('own theta', row?.theta, Math.max(truth.theta, -timeValue(option, truth.price)))
  }
  return errors
}

/** What the option is worth beyond what its exercise is: the most that it can lose, and IB's floor of theta. */
function timeValue({ right, spot, strike, rateFraction, years }: PricedOption, price: number): number {
  const paid = right === 'C' ? spot - strike * Math.exp(-rateFraction * years) : strike - spot
  return price - Math.max(0, paid)
}

const LEAST_BID = 0.05
/** Only `iv_missing`, as no row has a volatility before ours. */
const CLEAN = 1 << 11
