import { sessionOn } from '../../../market/calendar.ts'
import type { MarketFamily } from '../combined.ts'
import { chainRowsOf, groupByExpiry, isOption, matches } from '../contracts.ts'
import { hoursAround } from '../hours.ts'
import { STOCKS, type Stock } from '../instruments.ts'
import type { ContractQuery, SimContract } from '../market.ts'
import { adjustedOptions, adjustedPath, doneActions } from './adjusted-stock.ts'
import { optionsOf, type PriceHistory, stockContract } from './listing.ts'
import {
  type OptionHistoryInputs,
  optionBars,
  optionHead,
  optionQuoteChanges,
  optionTrades,
} from './option-history.ts'
import { type Listed, type OptionQuoteInputs, quoteOption } from './option-quote.ts'
import { stockTerms } from './option-terms.ts'
import { type MarketPath, momentIn, momentOf } from './path.ts'
import type { SyntheticSources } from './sources.ts'
import { stockQuoteChanges, stockTrades, underlyingBars, underlyingHead } from './stock-history.ts'
import { quoteStock, type UnderlyingQuoteInputs } from './underlying.ts'

/** The stocks and funds with their options. They are listed at once: most clients ask for them. */
export function stockFamily({ path: unadjusted, seed, today, actions = [] }: SyntheticSources): MarketFamily {
  const done = doneActions(actions, today)
  const path = adjustedPath(unadjusted, done)
  const contracts = [
    ...STOCKS.map(stockContract),
    ...STOCKS.flatMap((stock) => {
      const listed = optionsOf(stock, today, closesOn(path))
      const action = done.find(({ symbol }) => symbol === stock.symbol)
      if (!action) return listed
      // Of two contracts with the same terms, there is the new one.
      const names = new Set(listed.map(({ localSymbol }) => localSymbol))
      const before = adjustedOptions(stock, action, { today, before: closesOn(unadjusted) })
      return [...listed, ...before.filter(({ localSymbol }) => !names.has(localSymbol))]
    }),
  ]
  const byId = new Map(contracts.map((contract) => [contract.conId, contract]))
  if (byId.size !== contracts.length) throw new Error('two synthetic contracts share an id')
  const series = groupByExpiry(contracts)
  const stocks = contracts.filter((contract) => !isOption(contract))
  const stockBySymbol = new Map(STOCKS.map((stock) => [stock.symbol, stock]))
  const inputs: OptionQuoteInputs & UnderlyingQuoteInputs = { seed, path, facts: new Map() }
  const past: OptionHistoryInputs = { seed, path, facts: new Map(), days: new Map() }

  function stockOf({ symbol }: SimContract): Stock {
    return stockBySymbol.get(symbol) as Stock
  }

  function listed(contract: SimContract): Listed {
    return { contract, terms: stockTerms(stockOf(contract)) }
  }

  function candidates({ conId, symbol, secType, expiry }: ContractQuery): readonly SimContract[] {
    if (conId) {
      const one = byId.get(conId)
      return one ? [one] : []
    }
    if (symbol && !stockBySymbol.has(symbol)) return []
    if (secType && secType !== 'OPT') return stocks
    return symbol && expiry?.length === 8 ? (series.get(`${symbol} ${expiry}`) ?? []) : contracts
  }

  return {
    // Also what is listed no longer.
    owns: ({ symbol, secType }) => stockBySymbol.has(symbol) && (secType === 'STK' || secType === 'OPT'),
    find: (query) => candidates(query).filter((contract) => matches(contract, query)),
    byConId: (conId) => byId.get(conId),
    chainRows: (underlyingConId) =>
      byId.has(underlyingConId) ? chainRowsOf(contracts, underlyingConId) : [],
    hours: (contract, at) =>
      hoursAround(at, { secType: contract.secType, optionsClose: stockOf(contract).optionsClose }),
    quote: (contract, at) =>
      isOption(contract)
        ? quoteOption(inputs, listed(contract), momentOf(at))
        : quoteStock(inputs, stockOf(contract), momentOf(at)),
    bars: (contract, what, request) =>
      isOption(contract)
        ? optionBars(past, listed(contract), { what, request })
        : underlyingBars(inputs, { stock: stockOf(contract), what }, request),
    headTimestamp: (contract, what) => {
      if (!isOption(contract)) return underlyingHead(what)
      const isVolatility = what === 'OPTION_IMPLIED_VOLATILITY' || what === 'HISTORICAL_VOLATILITY'
      return isVolatility ? null : optionHead(listed(contract))
    },
    trades: (contract, span) =>
      isOption(contract)
        ? optionTrades(past, listed(contract), span)
        : stockTrades(inputs, stockOf(contract), span),
    quoteChanges: (contract, span) =>
      isOption(contract)
        ? optionQuoteChanges(past, listed(contract), span)
        : stockQuoteChanges(inputs, stockOf(contract), span),
  }
}

function closesOn(path: MarketPath): PriceHistory {
  return {
    closeOn: (stock, date) => {
      const session = sessionOn(date)
      if (!session) throw new RangeError(`no session on ${date}`)
      return path.price(stock, momentIn(session, session.closeAt))
    },
  }
}
