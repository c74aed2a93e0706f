import { keyOf, mix } from '../../../../market/random.ts'
import { type ExpiryDate, expiryToDate, type SessionDate } from '../../../../market/units.ts'
import type { MarketFamily } from '../../combined.ts'
import { matches } from '../../contracts.ts'
import type { ChainRow, ContractQuery, SimContract } from '../../market.ts'
import { classContractOf } from '../contract-id.ts'
import type { SyntheticSources } from '../sources.ts'
import {
  FOP_RULES,
  type FopExpiration,
  type FopRules,
  fopExpirationsOn,
  fopProduct,
  fopRulesOfClass,
} from './fop-classes.ts'
import { fopContracts, fopStrikes } from './fop-listing.ts'
import { fopInputs, type ListedFop, quoteFop } from './fop-quote.ts'
import { futureHours } from './future-hours.ts'
import { type FuturePaths, type ListedFuture, settlementOn } from './future-price.ts'
import type { FutureListings } from './futures-family.ts'

/** One expiration with its strikes and its future. Its contracts are made when somebody asks for them. */
interface Series {
  readonly expiration: FopExpiration
  readonly future: ListedFuture
  readonly strikes: readonly number[]
  contracts(): readonly SimContract[]
}

/** The options on futures. Neither expirations nor strikes are listed before somebody asks for their product. */
export function fopFamily(
  { seed, today }: SyntheticSources,
  paths: FuturePaths,
  listings: FutureListings,
): MarketFamily {
  const inputs = fopInputs(paths, mix(seed, keyOf('options on futures')))
  const seriesByProduct = new Map<string, readonly Series[]>()

  function seriesOf(rules: FopRules): readonly Series[] {
    const known = seriesByProduct.get(rules.symbol) ?? listSeries(rules)
    seriesByProduct.set(rules.symbol, known)
    return known
  }

  function listSeries(rules: FopRules): Series[] {
    const { listed } = listings.of(fopProduct(rules))
    const settlements = new Map<string, number>()
    const settlementOf = (future: ListedFuture, date: SessionDate) => {
      const key = `${future.contract.conId} ${date}`
      const price = settlements.get(key) ?? settlementOn(paths, future, date)
      settlements.set(key, price)
      return price
    }
    return fopExpirationsOn(rules, today).flatMap((expiration) => {
      const future = listed.find(({ month }) => month.expiry === expiration.future.expiry)
      if (!future) return []
      const strikes = fopStrikes(expiration, today, (_, date) => settlementOf(future, date))
      let contracts: readonly SimContract[] | undefined
      return [
        {
          ...{ expiration, future, strikes },
          contracts: () => {
            contracts ??= fopContracts(expiration, strikes, future.contract)
            return contracts
          },
        },
      ]
    })
  }

  function candidates(query: ContractQuery): readonly SimContract[] {
    const { conId, symbol, secType, expiry, tradingClass } = query
    if (conId) {
      const found = byConId(conId)
      return found ? [found] : []
    }
    if (secType !== 'FOP') return []
    const date = expiry?.length === 8 ? expiryToDate(expiry as ExpiryDate) : undefined
    return FOP_RULES.filter((rules) => !symbol || rules.symbol === symbol)
      .flatMap(seriesOf)
      .filter(
        ({ expiration }) =>
          (!date || expiration.date === date) && (!tradingClass || expiration.tradingClass === tradingClass),
      )
      .flatMap((series) => series.contracts())
  }

  function byConId(conId: number): SimContract | undefined {
    const parts = classContractOf(conId)
    const rules = parts && fopRulesOfClass(parts.classNumber)
    if (!parts || !rules) return undefined
    const series = seriesOf(rules).find(
      ({ expiration }) => expiration.date === parts.expiry && expiration.classNumber === parts.classNumber,
    )
    return series?.contracts().find((contract) => contract.conId === conId)
  }

  /** Also of an option that is listed no longer; undefined when its future is not known. */
  function listedOf(contract: SimContract): ListedFop | undefined {
    const rules = FOP_RULES.find(({ symbol }) => symbol === contract.symbol)
    const parts = classContractOf(contract.underlyingConId)
    const future = parts && listings.byClass(parts)
    return rules && future ? { contract, rules, future } : undefined
  }

  return {
    owns: ({ secType }) => secType === 'FOP',
    find: (query) => candidates(query).filter((contract) => matches(contract, query)),
    byConId,
    chainRows: (underlyingConId) => {
      const parts = classContractOf(underlyingConId)
      const future = parts && listings.byClass(parts, false)
      const rules = FOP_RULES.find(({ symbol }) => symbol === future?.product.symbol)
      if (!future || !rules) return []
      return chainRowsOfSeries(seriesOf(rules).filter((series) => series.future === future))
    },
    hours: (contract, at) => {
      const rules = FOP_RULES.find(({ symbol }) => symbol === contract.symbol) as FopRules
      return futureHours(fopProduct(rules), contract.lastTradeAt ?? null, at)
    },
    quote: (contract, at) => {
      const option = listedOf(contract)
      return option ? quoteFop(inputs, option, at) : {}
    },
    bars: () => [],
    headTimestamp: () => null,
    trades: () => [],
    quoteChanges: () => [],
  }
}

/** The answer to reqSecDefOptParams of one future: a row for each class; strikes are the union over its expirations. */
function chainRowsOfSeries(series: readonly Series[]): ChainRow[] {
  const classes = [...new Set(series.map(({ expiration }) => expiration.tradingClass))]
  return classes.map((tradingClass) => {
    const own = series.filter(({ expiration }) => expiration.tradingClass === tradingClass)
    const { exchange, multiplier, conId } = (own[0] as Series).future.contract
    return {
      exchange,
      underlyingConId: conId,
      tradingClass,
      multiplier,
      expirations: own.map(({ expiration }) => expiration.date.replaceAll('-', '')),
      strikes: [...new Set(own.flatMap(({ strikes }) => strikes))].sort((a, b) => a - b),
    }
  })
}
