import { BUY, SELL, type Side } from '../../../exchange/book/order.ts'
import type { SteppedMarket } from '../../../exchange/engine/market.ts'
import { newYorkDate } from '../../../market/calendar.ts'
import { keyOf, mix } from '../../../market/random.ts'
import type { EpochMs } from '../../../market/units.ts'
import { chainRowsOf, groupByExpiry, matches } from '../contracts.ts'
import { hoursAround } from '../hours.ts'
import type { Stock } from '../instruments.ts'
import type { ContractQuery, Market, MarketDepth, SimContract, SimQuote } from '../market.ts'
import { optionsOf, stockContract } from '../synthetic/listing.ts'
import { type OptionQuoteInputs, quoteOption } from '../synthetic/option-quote.ts'
import { stockTerms } from '../synthetic/option-terms.ts'
import { type Moment, momentOf } from '../synthetic/path.ts'
import { scenarioStock, scenarioVolFraction } from './stock.ts'
import { firstAfter, type Tape } from './tape.ts'
import { tapeBars } from './tape-bars.ts'

/**
 * A scenario's stock with the prices of its order book, and options that the synthetic surface prices from it. The
 * contracts are those listed on the New York date of `asOf`, with strikes around the initial price.
 */
export function scenarioMarket(stepped: SteppedMarket, tape: Tape, asOf: EpochMs): Market {
  const { scenario, seed } = stepped
  const { stock, hasOptions } = scenarioStock(scenario)
  const terms = stockTerms(stock)
  const today = newYorkDate(asOf)
  const options = hasOptions ? optionsOf(stock, today, { closeOn: () => scenario.initialPrice }) : []
  const contracts = [{ ...stockContract(stock), minTick: scenario.tickSize }, ...options]
  const byId = new Map(contracts.map((contract) => [contract.conId, contract]))
  const series = groupByExpiry(contracts)
  const inputs: OptionQuoteInputs = {
    seed: mix(seed, keyOf('scenario options')),
    path: pathOf(stepped, tape, asOf),
    facts: new Map(),
  }
  const candidates = ({ conId, symbol, expiry }: ContractQuery): readonly SimContract[] => {
    const known = conId ? byId.get(conId) : undefined
    if (conId) return known ? [known] : []
    return symbol && expiry?.length === 8 ? (series.get(`${symbol} ${expiry}`) ?? []) : contracts
  }
  const isStock = ({ secType }: SimContract) => secType === 'STK'

  return {
    find: (query) => candidates(query).filter((contract) => matches(contract, query)),
    byConId: (conId) => byId.get(conId),
    chainRows: (underlyingConId) => chainRowsOf(contracts, underlyingConId),
    hours: ({ secType }, at) => hoursAround(at, { secType, optionsClose: stock.optionsClose }),
    quote: (contract, at) =>
      isStock(contract) ? quoteBook(stepped, tape) : quoteOption(inputs, { contract, terms }, momentOf(at)),
    depth: (contract, levels) => {
      if (isStock(contract))
        return { bids: levelsOf(stepped, BUY, levels), asks: levelsOf(stepped, SELL, levels) }
      return touchOf(quoteOption(inputs, { contract, terms }, momentOf(tape.lastAt)))
    },
    bars: (contract, what, request) => (isStock(contract) ? tapeBars(tape, what, request) : []),
    headTimestamp: (contract, what) => (isStock(contract) ? headOf(tape, what) : null),
    expectsBars: (contract) => isStock(contract),
    trades: (contract, { startAt, endAt }) => (isStock(contract) ? between(tape.trades, startAt, endAt) : []),
    quoteChanges: (contract, { startAt, endAt }) => {
      if (!isStock(contract)) return []
      const before = tape.quoteChanges[firstAfter(tape.quoteChanges, startAt) - 1]
      const changes = between(tape.quoteChanges, startAt, endAt)
      return before && changes[0]?.at !== startAt ? [{ ...before, at: startAt }, ...changes] : changes
    },
  }
}

function quoteBook({ book, scenario }: SteppedMarket, tape: Tape): SimQuote {
  const dollars = (ticks: number) => Math.round(ticks * scenario.tickSize * 1e6) / 1e6
  const side = (price: number | null) => ({
    price: price === null ? null : dollars(price),
    size: price === null ? null : book.sizeAt(price),
  })
  const [bid, ask] = [side(book.bestBid), side(book.bestAsk)]
  const quote: SimQuote = {
    bid: bid.price,
    bidSize: bid.size,
    ask: ask.price,
    askSize: ask.size,
    volume: tape.volume,
    close: scenario.initialPrice,
    impliedVol30Fraction: scenarioVolFraction(scenario),
  }
  if (tape.lastPrice !== null) quote.last = tape.lastPrice
  const mark = markOf(quote)
  if (mark !== null) quote.mark = mark
  return quote
}

/** The last price, limited to bid and ask as at Interactive Brokers. */
function markOf({ bid, ask, last }: SimQuote): number | null {
  if (last == null) return bid != null && ask != null ? (bid + ask) / 2 : null
  return Math.min(ask ?? last, Math.max(bid ?? last, last))
}

/** What prices the options: the mid of the book, and before the start the initial price. */
function pathOf(stepped: SteppedMarket, tape: Tape, startAt: EpochMs): OptionQuoteInputs['path'] {
  const { initialPrice, tickSize } = stepped.scenario
  const vol = scenarioVolFraction(stepped.scenario)
  return {
    price: (_stock: Stock, { at }: Moment) => {
      const last = tape.seconds.at(-1)
      if (at < startAt) return initialPrice
      const mid = last && at >= last.at ? stepped.view.mid * tickSize : (tape.midAt(at) ?? initialPrice)
      return Math.round(mid * 100) / 100
    },
    vol: () => vol,
  }
}

function levelsOf({ book, scenario }: SteppedMarket, side: Side, count: number) {
  return book.levels(side, count).map(({ price, size }) => ({
    price: Math.round(price * scenario.tickSize * 1e6) / 1e6,
    size,
  }))
}

/** Options have no book: their depth is the quote. */
function touchOf({ bid, bidSize, ask, askSize }: SimQuote): MarketDepth {
  return {
    bids: bid != null && bidSize != null ? [{ price: bid, size: bidSize }] : [],
    asks: ask != null && askSize != null ? [{ price: ask, size: askSize }] : [],
  }
}

function headOf(tape: Tape, what: string): EpochMs | null {
  if (what === 'TRADES') return tape.trades[0]?.at ?? null
  return ['BID', 'ASK', 'BID_ASK', 'MIDPOINT'].includes(what) ? tape.startAt : null
}

function between<T extends { readonly at: number }>(list: readonly T[], startAt: number, endAt: number): T[] {
  return list.slice(firstAfter(list, startAt - 1), firstAfter(list, endAt - 1))
}
