import { newYorkDate } from '../../../market/calendar.ts'
import { dateToExpiry, type EpochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { chainRowsOf, groupByExpiry, matches } from '../contracts.ts'
import { hoursAround } from '../hours.ts'
import { STOCKS } from '../instruments.ts'
import type { ContractQuery, Market, SimContract, SimQuote } from '../market.ts'
import { type ChainLine, readChainFile } from './chain-file.ts'
import { freeId, isKnownIndex, optionContract, recordedIndex, stockContract } from './contracts.ts'
import { recordedIndexHours } from './index-hours.ts'

/**
 * A recorded market: the contracts of a chain file (docs/chain-file.md) with the same quotes at every time. The trading
 * class is that of the file, else the symbol; the multiplier 100. Options on a known index are on that index, with the
 * settlement of their class; all others are on a stock. There are no bars, and no VIX beside the symbols of the file.
 *
 * An empty cell becomes null in what a client collects: an empty bid or ask is sent as the sentinel for "no quote";
 * an empty size, last, volume or open interest is not sent, as for an option that has not traded; empty greeks are sent
 * as the sentinels of a solver that found none.
 *
 * Throws a Failure (78) for a bad file, and when every contract has expired by `now`.
 */
export function recordedMarket(csvText: string, options: { name: string; now: EpochMs }): Market {
  const lines = readChainFile(csvText, options.name)
  refuseExpired(lines, options)
  const symbols = [...new Set(lines.map(({ symbol }) => symbol))].sort()
  const underlyings = symbols.map((symbol) =>
    isKnownIndex(symbol) ? recordedIndex(symbol) : stockContract(symbol),
  )
  const underlyingOf = new Map(underlyings.map((underlying) => [underlying.symbol, underlying]))
  const takenIds = new Set(underlyings.map(({ conId }) => conId))
  const inOrder = [...lines].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const lineOf = new Map(
    inOrder.map((line) => {
      const conId = freeId(nameOf(line), takenIds)
      takenIds.add(conId)
      return [conId, line]
    }),
  )
  const found = [...lineOf].map(([conId, line]) =>
    optionContract(line, { conId, underlying: underlyingOf.get(line.symbol) as SimContract }),
  )
  return marketOf([...underlyings, ...found], lineOf, spotsOf(lines))
}

/** The price of each underlying: that of its first line that has one. */
function spotsOf(lines: readonly ChainLine[]): Map<string, number> {
  const spots = new Map<string, number>()
  for (const { symbol, values } of lines) {
    if (values.underlying_price !== null && !spots.has(symbol)) spots.set(symbol, values.underlying_price)
  }
  return spots
}

function marketOf(
  contracts: readonly SimContract[],
  lineOf: ReadonlyMap<number, ChainLine>,
  spots: ReadonlyMap<string, number>,
): Market {
  const byId = new Map(contracts.map((contract) => [contract.conId, contract]))
  const series = groupByExpiry(contracts)
  const candidates = ({ symbol, expiry }: ContractQuery) =>
    symbol && expiry?.length === 8 ? (series.get(`${symbol} ${expiry}`) ?? []) : contracts

  return {
    find: (query) => candidates(query).filter((contract) => matches(contract, query)),
    byConId: (conId) => byId.get(conId),
    chainRows: (underlyingConId) => chainRowsOf(contracts, underlyingConId),
    hours: (contract, at) => {
      const { secType, symbol } = contract
      if (isKnownIndex(symbol)) return recordedIndexHours(contract, at)
      const known = STOCKS.find((stock) => stock.symbol === symbol)
      return hoursAround(at, { secType, ...(known && { optionsClose: known.optionsClose }) })
    },
    bars: () => [],
    headTimestamp: () => null,
    trades: () => [],
    quoteChanges: () => [],
    quote: ({ conId, symbol }) => {
      const line = lineOf.get(conId)
      if (line) return quoteOf(line)
      const spot = spots.get(symbol)
      return spot === undefined ? {} : { last: spot }
    },
  }
}

function quoteOf({ values }: ChainLine): SimQuote {
  const quote: SimQuote = {
    bid: values.bid,
    ask: values.ask,
    greeks: {
      impliedVolFraction: values.iv,
      optionPrice: null,
      pvDividend: null,
      delta: values.delta,
      gamma: values.gamma,
      vega: values.vega,
      theta: values.theta,
      underlyingPrice: values.underlying_price,
    },
  }
  // A side without a quote has the size 0 beside its price of -1, as the gateway sends it.
  if (values.bid_size !== null || values.bid === null) quote.bidSize = values.bid_size
  if (values.ask_size !== null || values.ask === null) quote.askSize = values.ask_size
  if (values.last !== null) quote.last = values.last
  if (values.volume !== null) quote.volume = values.volume
  if (values.open_interest !== null) quote.openInterest = values.open_interest
  return quote
}

function nameOf({ symbol, tradingClass, expiry, strike, right }: ChainLine): string {
  const ofSymbol = `${symbol} ${expiry} ${strike} ${right}`
  return tradingClass === symbol ? ofSymbol : `${ofSymbol} ${tradingClass}`
}

function refuseExpired(lines: readonly ChainLine[], { name, now }: { name: string; now: EpochMs }): void {
  const today = dateToExpiry(newYorkDate(now))
  const last = lines.reduce((latest, { expiry }) => (expiry > latest ? expiry : latest), '')
  if (last >= today) return
  throw new Failure(
    EXIT.configuration,
    `${name}: every contract has expired by ${today}, the last on ${last}; start the gateway's clock at the time of the recording`,
  )
}
