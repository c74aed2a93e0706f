import { type MarketAnswer, marketAnswer } from '../../src/analytics/answers/market-answer.ts'
import type { Direction } from '../../src/analytics/trend.ts'
import { newYorkDate, newYorkInstant } from '../../src/market/calendar.ts'
import { type EpochMs, epochMs, sessionDate } from '../../src/market/units.ts'
import type { ChainQuote } from '../../src/paper/structure.ts'

export const DATE = sessionDate('2026-11-18')
export const SLOT = newYorkInstant(DATE, '10:30')

export function slotAfter(minutes: number): EpochMs {
  return epochMs(SLOT + minutes * 60_000)
}

export interface Wanted {
  readonly ivRank?: number | null
  readonly vix?: number | null
  readonly trend?: Direction | null
}

const NOTHING = marketAnswer(null, { symbol: 'SPY', now: SLOT, defaults: false })

/** The answer for a slot with these three figures; the others are null. */
export function answerOf(
  slot: EpochMs,
  { ivRank = 60, vix = 18, trend = 'neutral' }: Wanted = {},
): MarketAnswer {
  const none = NOTHING
  const figure = (name: 'iv_rank' | 'vix' | 'trend_daily', value: number | string | null) => ({
    ...none.figures[name],
    ...{ value, reason: value === null ? none.figures[name].reason : null },
    as_of: new Date(slot).toISOString(),
  })
  return {
    ...none,
    ...{ symbol: 'SPY', slot: new Date(slot).toISOString(), date: newYorkDate(slot) },
    figures: {
      ...none.figures,
      ...{ iv_rank: figure('iv_rank', ivRank), vix: figure('vix', vix) },
      trend_daily: figure('trend_daily', trend),
    },
  }
}

const EXPIRIES = ['20261127', '20261231', '20270115']
/** Dollars: how far prices spread around the underlying; the same for every expiry. */
const WIDTH = 15

/**
 * A chain around a price: call = w·ln(1 + e^((S−K)/w)), whose delta is the logistic function, and puts by parity. The
 * quotes stand `halfSpread` around that.
 */
export function chainOf(slot: EpochMs, market: ChainMarket = {}): ChainQuote[] {
  const key = `${slot} ${JSON.stringify(market)}`
  const made = chains.get(key) ?? makeChain(slot, market)
  chains.set(key, made)
  return made
}

interface ChainMarket {
  readonly price?: number
  readonly halfSpread?: number
  readonly width?: number
}

/** Made once for each slot and market: a walk over all points of a trade asks for the same ones again and again. */
const chains = new Map<string, ChainQuote[]>()

function makeChain(
  slot: EpochMs,
  { price = 700, halfSpread = 0.02, width = WIDTH }: ChainMarket,
): ChainQuote[] {
  const quotes: ChainQuote[] = []
  for (const [at, expiry] of EXPIRIES.entries()) {
    for (let strike = 600; strike <= 800; strike += 5) {
      const call = width * Math.log(1 + Math.exp((price - strike) / width))
      const delta = 1 / (1 + Math.exp((strike - price) / width))
      for (const right of ['C', 'P'] as const) {
        const mid = right === 'C' ? call : call - price + strike
        const round = (value: number) => Math.round(value * 100) / 100
        quotes.push({
          ...{ timestamp: slot, symbol: 'SPY', expiry, strike, right, trading_class: 'SPY', flags: 0 },
          ...{ bid: Math.max(0.01, round(mid - halfSpread)), ask: round(mid + halfSpread) + 0.01 },
          ...{ open_interest: 500, delta: right === 'C' ? delta : delta - 1, underlying_price: price },
          con_id: 100_000 * (at + 1) + strike * 10 + (right === 'C' ? 0 : 1),
        })
      }
    }
  }
  return quotes
}
