import { sideOf } from '../../market/quote.ts'
import type { EpochMs } from '../../market/units.ts'
import type { BookLevel, StepMarket } from '../strategies/strategy.ts'
import type { FeedView } from './stock-feed.ts'

/**
 * The market of one step over TWS. The best prices are those of the ticks; the levels are those of the depth, which a
 * gateway sends apart, so that for a moment the two may differ. Without depth the levels are the touch alone. There are no
 * trades: ticks tell the last price, but not every trade, and not who was the aggressor.
 */
export function stepMarketOf(
  { quote, book }: FeedView,
  { step, at }: { step: number; at: EpochMs },
): StepMarket {
  const bid = sideOf(quote, 'bid') ?? null
  const ask = sideOf(quote, 'ask') ?? null
  const bidSize = bid === null ? null : positive(quote.numbers.bidSize)
  const askSize = ask === null ? null : positive(quote.numbers.askSize)
  const isTwoSided = bid !== null && ask !== null
  return {
    step,
    timestamp: new Date(at).toISOString(),
    bid,
    ask,
    mid: isTwoSided ? dollars((bid + ask) / 2) : null,
    spread: isTwoSided ? dollars(ask - bid) : null,
    bidSize,
    askSize,
    bids: book ? book.bids.map(levelOf) : touch(bid, bidSize),
    asks: book ? book.asks.map(levelOf) : touch(ask, askSize),
    trades: [],
    lastTrade: positive(quote.numbers.last),
  }
}

function levelOf({ price, size }: { readonly price: number; readonly size: number }): BookLevel {
  return { price, qty: size }
}

function touch(price: number | null, size: number | null): BookLevel[] {
  return price === null || size === null ? [] : [{ price, qty: size }]
}

function positive(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && value > 0 ? value : null
}

/** Without the dust of binary fractions; half a tick of 0.0001 is kept. */
function dollars(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
