import { newYorkDate, sessionOn } from '../../../market/calendar.ts'
import { keyOf, mix } from '../../../market/random.ts'
import { addDays, type EpochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { chainRowsOf, groupByExpiry, matches } from '../contracts.ts'
import { hoursAround } from '../hours.ts'
import { STOCKS, type Stock } from '../instruments.ts'
import type { BarKind, ContractQuery, Market, SimContract } from '../market.ts'
import { listContracts } from './listing.ts'
import {
  type OptionHistoryInputs,
  optionBars,
  optionHead,
  optionQuoteChanges,
  optionTrades,
} from './option-history.ts'
import { type OptionQuoteInputs, quoteOption } from './option-quote.ts'
import { type MarketPath, marketPath, momentIn, momentOf } from './path.ts'
import { FIRST_VOLATILITY, stockQuoteChanges, stockTrades, underlyingBars } from './stock-history.ts'
import { quoteIndex, quoteStock, type UnderlyingQuoteInputs } from './underlying.ts'
import { WALK_STARTS } from './walk.ts'

/** Days of price history that the strikes of the far expirations need. */
const RUN_UP_DAYS = 800

/**
 * A synthetic market: SPY, QQQ, IWM, AAPL and BRK B with their options, and VIX. Prices are a function of seed and time alone, so
 * two processes see the same market at the same time. The contracts are those listed on the New York date of `asOf`;
 * their ids are the same on every date. Throws a Failure for a seed that is not a whole number and for a date before
 * the market's first listing.
 */
export function syntheticMarket(options: { seed: number; asOf: EpochMs }): Market {
  const { seed, asOf } = options
  const today = newYorkDate(asOf)
  const earliest = addDays(WALK_STARTS, RUN_UP_DAYS)
  if (!Number.isSafeInteger(seed)) {
    throw new Failure(EXIT.configuration, `seed ${seed} of the synthetic market is not a whole number`)
  }
  if (today < earliest) {
    throw new Failure(EXIT.configuration, `the synthetic market begins on ${earliest}; ${today} is before it`)
  }

  const path = marketPath(mix(seed, Math.floor(seed / 2 ** 32)))
  const contracts = listContracts(today, {
    closeOn: (stock, date) => {
      const session = sessionOn(date)
      if (!session) throw new RangeError(`no session on ${date}`)
      return path.price(stock, momentIn(session, session.closeAt))
    },
  })
  return marketOf(contracts, path, mix(seed, keyOf('quotes')))
}

function marketOf(contracts: readonly SimContract[], path: MarketPath, seed: number): Market {
  const byId = new Map(contracts.map((contract) => [contract.conId, contract]))
  if (byId.size !== contracts.length) throw new Error('two synthetic contracts share an id')
  const series = groupByExpiry(contracts)
  const underlyings = contracts.filter(({ secType }) => secType !== 'OPT')
  const stockBySymbol = new Map(STOCKS.map((stock) => [stock.symbol, stock]))
  const inputs: OptionQuoteInputs & UnderlyingQuoteInputs = { seed, path, facts: new Map() }
  const past: OptionHistoryInputs = { seed, path, facts: new Map(), days: new Map() }

  return {
    find: (query) => candidates(query).filter((contract) => matches(contract, query)),
    byConId: (conId) => byId.get(conId),
    chainRows: (underlyingConId) => chainRowsOf(contracts, underlyingConId),
    hours: ({ secType, symbol }, at) =>
      hoursAround(at, { secType, ...optionsCloseOf(stockBySymbol.get(symbol)) }),
    quote: (contract, at) => {
      const moment = momentOf(at)
      const stock = stockBySymbol.get(contract.symbol)
      if (!stock) return quoteIndex(inputs, moment)
      if (contract.secType === 'OPT') return quoteOption(inputs, { contract, stock }, moment)
      return quoteStock(inputs, stock, moment)
    },
    bars: (contract, what, request) => {
      const stock = stockBySymbol.get(contract.symbol)
      return contract.secType === 'OPT' && stock
        ? optionBars(past, { contract, stock }, { what, request })
        : underlyingBars(inputs, { stock, what }, request)
    },
    headTimestamp: (contract, what) => headOf(contract, what),
    trades: (contract, span) => {
      const stock = stockBySymbol.get(contract.symbol)
      if (!stock) return []
      return contract.secType === 'OPT'
        ? optionTrades(past, { contract, stock }, span)
        : stockTrades(inputs, stock, span)
    },
    quoteChanges: (contract, span) => {
      const stock = stockBySymbol.get(contract.symbol)
      if (!stock) return []
      return contract.secType === 'OPT'
        ? optionQuoteChanges(past, { contract, stock }, span)
        : stockQuoteChanges(inputs, stock, span)
    },
  }

  function headOf(contract: SimContract, what: BarKind): EpochMs | null {
    const stock = stockBySymbol.get(contract.symbol)
    const isVolatility = what === 'OPTION_IMPLIED_VOLATILITY' || what === 'HISTORICAL_VOLATILITY'
    if (contract.secType === 'OPT' && stock) return isVolatility ? null : optionHead({ contract, stock })
    if (!stock && what !== 'TRADES') return null
    const first = sessionOn(what === 'HISTORICAL_VOLATILITY' ? FIRST_VOLATILITY : WALK_STARTS)
    return first?.openAt ?? null
  }

  function optionsCloseOf(stock: Stock | undefined) {
    return stock ? { optionsClose: stock.optionsClose } : {}
  }

  function candidates({ conId, symbol, secType, expiry }: ContractQuery): readonly SimContract[] {
    if (conId) {
      const one = byId.get(conId)
      return one ? [one] : []
    }
    if (secType && secType !== 'OPT') return underlyings
    return symbol && expiry?.length === 8 ? (series.get(`${symbol} ${expiry}`) ?? []) : contracts
  }
}
