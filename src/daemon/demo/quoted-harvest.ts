import {
  type AnsweredContract,
  type Gap,
  type Harvest,
  isComplete,
  type UnderlyingPrice,
} from '../../harvest/harvest.ts'
import type { OptionContract } from '../../market/contract.ts'
import type { Quote } from '../../market/quote.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import type { Market, SimContract, SimGreeks, SimQuote } from '../../simulator/market/market.ts'

/** When the quotes of a slot arrive: the first so long after its time, and the last so much later; ms. */
const FIRST_QUOTE_MS = 2_000
const HARVEST_MS = 30_000

interface HarvestTerms {
  readonly symbol: string
  readonly slot: EpochMs
  /** The stock under the options. */
  readonly underlying: SimContract
  /** In request order. */
  readonly order: readonly OptionContract[]
  /** How many of them are answered before the deadline; all if left out. */
  readonly answered?: number
}

/**
 * What a harvest of these contracts would have brought from a simulated market, without the wire between them: each is
 * quoted at its own moment, one after another.
 */
export function harvestFrom(
  market: Market,
  { symbol, slot, underlying, order, answered = order.length }: HarvestTerms,
): Harvest {
  const answers: AnsweredContract[] = []
  const gaps: Gap[] = []
  const momentOf = (nth: number) =>
    epochMs(slot + FIRST_QUOTE_MS + Math.floor((HARVEST_MS * nth) / Math.max(1, order.length)))
  const priceAtSecond = underlyingPrices(market, underlying)
  for (const [nth, contract] of order.entries()) {
    const listed = market.byConId(contract.conId)
    if (!listed) gaps.push({ contract, reason: 'no_such_contract', detail: null })
    else if (nth >= answered) gaps.push({ contract, reason: 'deadline', detail: null })
    else {
      const at = momentOf(nth)
      const quote = quoteOf(market.quote(listed, at), contract, at)
      const complete = isComplete(quote, contract)
      answers.push({ contract, quote, underlying: priceAtSecond(at), complete })
    }
  }
  return { symbol, answered: answers, gaps, startedAt: slot, finishedAt: momentOf(order.length) }
}

/** The market has one price a second. */
function underlyingPrices(market: Market, underlying: SimContract) {
  const known = new Map<number, UnderlyingPrice | null>()
  return (at: EpochMs): UnderlyingPrice | null => {
    const second = Math.floor(at / 1_000)
    const price = known.get(second)
    if (price !== undefined) return price
    const found = priceAt(market, underlying, epochMs(second * 1_000))
    known.set(second, found)
    return found
  }
}

/** The middle between bid and ask of a stock. */
export function priceAt(market: Market, underlying: SimContract, at: EpochMs): UnderlyingPrice | null {
  const { bid, ask } = market.quote(underlying, at)
  return bid == null || ask == null ? null : { price: (bid + ask) / 2, at, confirmedAt: at }
}

/** A quote of the market as the session would have decoded it; absent fields were never sent. */
function quoteOf(sent: SimQuote, { right }: OptionContract, at: EpochMs): Quote {
  const { bid, ask, bidSize, askSize, last, volume, close, openInterest, halted, greeks } = sent
  const interest = right === 'C' ? 'callOpenInterest' : 'putOpenInterest'
  const numbers = { bid, ask, bidSize, askSize, last, volume, close, halted, [interest]: openInterest }
  return {
    numbers: Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
    greeks: greeks && modelGreeks(greeks),
    dataType: 'live',
    quotedAt: bid === undefined && ask === undefined ? null : at,
  }
}

function modelGreeks({ optionPrice: _, ...greeks }: SimGreeks): Quote['greeks'] {
  return greeks
}
