import { newYorkDate, sessionOn } from '../../../market/calendar.ts'
import { type EpochMs, type ExpiryDate, expiryToDate, type SessionDate } from '../../../market/units.ts'
import { cboeHours } from '../cboe-hours.ts'
import type { MarketFamily } from '../combined.ts'
import { isOption, matches } from '../contracts.ts'
import { hoursAround } from '../hours.ts'
import { INDEX_MULTIPLIER, INDICES, type MarketIndex } from '../indices.ts'
import { VOLATILITY_INDEX } from '../instruments.ts'
import type { BarKind, ChainRow, ContractQuery, SimContract, SimQuote } from '../market.ts'
import { classContractOf } from './contract-id.ts'
import { fundOf, type IndexLevel, levelOf } from './index-levels.ts'
import { type ClassListing, classListing } from './index-listing.ts'
import { indexTerms } from './index-terms.ts'
import { indexContract } from './listing.ts'
import {
  type OptionHistoryInputs,
  optionBars,
  optionHead,
  optionQuoteChanges,
  optionTrades,
} from './option-history.ts'
import { type Listed, quoteOption } from './option-quote.ts'
import type { OptionTerms } from './option-terms.ts'
import { type Moment, momentIn, momentOf, previousClose } from './path.ts'
import type { SyntheticSources } from './sources.ts'
import { levelBars, underlyingBars, underlyingHead } from './stock-history.ts'

/** An index of one market. */
interface Product {
  readonly index: MarketIndex
  readonly contract: SimContract
  readonly level: IndexLevel
  /** null: there are no options on it. */
  readonly terms: OptionTerms | null
  readonly classes: readonly ClassListing[]
}

/** The indices with their options. A class is listed when somebody asks for it, one expiration after the other. */
export function indexFamily(sources: SyntheticSources): MarketFamily {
  const { path, seed } = sources
  const products = INDICES.map((index) => productOf(index, sources))
  const bySymbol = new Map(products.map((product) => [product.index.symbol, product]))
  const byId = new Map(products.map((product) => [product.contract.conId, product]))
  const classByNumber = new Map(
    products.flatMap(({ classes }) => classes.map((one) => [one.classNumber, one] as const)),
  )
  const inputs: OptionHistoryInputs = { seed, path, facts: new Map(), days: new Map() }
  const past: OptionHistoryInputs = { seed, path, facts: new Map(), days: new Map() }

  function productOfContract({ symbol }: SimContract): Product {
    return bySymbol.get(symbol) as Product
  }

  function listed(contract: SimContract): Listed {
    return { contract, terms: productOfContract(contract).terms as OptionTerms }
  }

  function byConId(conId: number): SimContract | undefined {
    const index = byId.get(conId)
    if (index) return index.contract
    const parts = classContractOf(conId)
    const listing = parts && classByNumber.get(parts.classNumber)
    const expiration = listing?.expirations().find(({ lastDay }) => lastDay === parts?.expiry)
    return expiration && listing?.contracts(expiration).find((one) => one.conId === conId)
  }

  /** Nothing is listed for a query that names neither the index nor the class. */
  function candidates(query: ContractQuery): readonly SimContract[] {
    const { conId, symbol, secType } = query
    if (conId) {
      const one = byConId(conId)
      return one ? [one] : []
    }
    const tradingClass = query.tradingClass ?? query.localSymbol?.slice(0, 6).trim()
    const named = symbol ? [bySymbol.get(symbol) ?? []].flat() : products
    const indices = secType === 'OPT' ? [] : named.map(({ contract }) => contract)
    if (secType && secType !== 'OPT') return indices
    if (!symbol && tradingClass === undefined) return indices
    const classes = named
      .flatMap((product) => product.classes)
      .filter((one) => tradingClass === undefined || one.tradingClass === tradingClass)
    return [...indices, ...classes.flatMap((one) => optionsOf(one, query.expiry ?? ''))]
  }

  function quoteIndex({ index, level }: Product, moment: Moment): SimQuote {
    const quote = { last: level.at(moment), close: level.at(previousClose(moment)) }
    if (index.level.kind !== 'fund') return quote
    return { ...quote, impliedVol30Fraction: path.vol(fundOf(index.level.symbol), moment) }
  }

  return {
    owns: ({ symbol, secType }) => bySymbol.has(symbol) && (secType === 'IND' || secType === 'OPT'),
    find: (query) => candidates(query).filter((contract) => matches(contract, query)),
    byConId,
    chainRows: (underlyingConId) => {
      const product = byId.get(underlyingConId)
      return product ? chainRowsOf(product) : []
    },
    hours: (contract, at) => {
      if (isOption(contract)) {
        return cboeHours(at, contract, { tradesAtNight: isNightly(productOfContract(contract)) })
      }
      return contract.symbol === VOLATILITY_INDEX.symbol
        ? hoursAround(at, { secType: 'IND' })
        : cboeHours(at, contract, { tradesAtNight: false })
    },
    quote: (contract, at) => {
      if (!isOption(contract)) return quoteIndex(productOfContract(contract), momentOf(at))
      return isOver(contract, at) ? {} : quoteOption(inputs, listed(contract), momentOf(at))
    },
    bars: (contract, what, request) => {
      if (isOption(contract)) return optionBars(past, listed(contract), { what, request })
      const { index, level } = productOfContract(contract)
      if (what === 'TRADES') return levelBars(level, request)
      return index.level.kind === 'fund' && isVolatility(what)
        ? underlyingBars({ seed, path }, { stock: fundOf(index.level.symbol), what }, request)
        : []
    },
    headTimestamp: (contract, what) => {
      if (isOption(contract)) return isVolatility(what) ? null : optionHead(listed(contract))
      const { level } = productOfContract(contract).index
      const isKnown = what === 'TRADES' || (level.kind === 'fund' && isVolatility(what))
      return isKnown ? underlyingHead(what) : null
    },
    trades: (contract, span) => (isOption(contract) ? optionTrades(past, listed(contract), span) : []),
    quoteChanges: (contract, span) =>
      isOption(contract) ? optionQuoteChanges(past, listed(contract), span) : [],
  }
}

function productOf(index: MarketIndex, { path, today }: SyntheticSources): Product {
  const level = levelOf(index.level, path)
  const { options } = index
  const closeOn = (date: SessionDate) => {
    const session = sessionOn(date)
    if (!session) throw new RangeError(`no session on ${date}`)
    return level.at(momentIn(session, session.closeAt))
  }
  return {
    index,
    contract: indexContract(index),
    level,
    terms: options && indexTerms({ ...index, options }),
    classes: options
      ? options.classes.map((own) => classListing({ ...index, options }, own, { today, closeOn }))
      : [],
  }
}

function optionsOf(listing: ClassListing, expiry: string): readonly SimContract[] {
  return listing
    .expirations()
    .filter(({ lastDay }) => lastDay.replaceAll('-', '').startsWith(expiry))
    .flatMap((expiration) => listing.contracts(expiration))
}

function chainRowsOf({ index, contract, classes }: Product): ChainRow[] {
  const rows = classes.map((listing) => ({
    underlyingConId: contract.conId,
    tradingClass: listing.tradingClass,
    multiplier: String(INDEX_MULTIPLIER),
    expirations: listing.expirations().map(({ lastDay }) => lastDay.replaceAll('-', '')),
    strikes: [...new Set(listing.expirations().flatMap((expiration) => listing.strikes(expiration)))].sort(
      (a, b) => a - b,
    ),
  }))
  return (index.options?.exchanges ?? []).flatMap((exchange) => rows.map((row) => ({ exchange, ...row })))
}

/** After its last trading day an option is not quoted, although its value may not be fixed yet. */
function isOver({ expiry }: SimContract, at: EpochMs): boolean {
  return newYorkDate(at) > expiryToDate(expiry as ExpiryDate)
}

function isNightly({ index }: Product): boolean {
  return index.options?.tradesAtNight ?? false
}

function isVolatility(what: BarKind): boolean {
  return what === 'OPTION_IMPLIED_VOLATILITY' || what === 'HISTORICAL_VOLATILITY'
}
