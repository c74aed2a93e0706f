import { keyOf, mix } from '../../../../market/random.ts'
import type { MarketFamily } from '../../combined.ts'
import { matches } from '../../contracts.ts'
import type { ContractQuery, SimContract } from '../../market.ts'
import { type ClassContract, classContractOf } from '../contract-id.ts'
import type { SyntheticSources } from '../sources.ts'
import { futureBars, futureHead, futureQuoteChanges, futureSessions, futureTrades } from './future-history.ts'
import { futureHours } from './future-hours.ts'
import { type FutureListing, futuresListedOn, productContract } from './future-listing.ts'
import type { FuturePaths, ListedFuture } from './future-price.ts'
import { futureInputs, quoteFuture } from './future-quote.ts'
import { FUTURE_PRODUCTS, type FutureProduct, productOf } from './products.ts'

/** The futures of all products, and the products themselves, which have contract details and no quotes. */
export function futuresFamily(
  { seed }: SyntheticSources,
  paths: FuturePaths,
  listings: FutureListings,
): MarketFamily {
  const inputs = futureInputs(paths, mix(seed, keyOf('futures')))
  const products = FUTURE_PRODUCTS.map(productContract)

  function futureOf(contract: SimContract): ListedFuture | undefined {
    const parts = classContractOf(contract.conId)
    return parts ? listings.byClass(parts) : undefined
  }

  function candidates(query: ContractQuery): readonly SimContract[] {
    const { conId, symbol, secType } = query
    if (conId) return byConId(conId, query.includeExpired)
    if (secType === 'IND') return products
    const isContinuous = secType === 'CONTFUT'
    if (secType !== 'FUT' && !isContinuous) return []
    const wanted = FUTURE_PRODUCTS.filter((product) => !symbol || product.symbol === symbol)
    return wanted.flatMap((product) => {
      const { listed, expired } = listings.of(product)
      if (isContinuous) return listed.slice(0, 1).map(({ contract }) => continuous(contract))
      return [...listed, ...(query.includeExpired ? expired : [])].map(({ contract }) => contract)
    })
  }

  function byConId(conId: number, includeExpired = false): SimContract[] {
    const product = products.find((one) => one.conId === conId)
    if (product) return [product]
    const parts = classContractOf(conId)
    const future = parts && listings.byClass(parts, includeExpired)
    return future ? [future.contract] : []
  }

  return {
    owns: ({ conId, secType }) =>
      secType === 'FUT' || secType === 'CONTFUT' || products.some((one) => one.conId === conId),
    find: (query) => candidates(query).filter((contract) => matches(contract, query)),
    byConId: (conId) => byConId(conId)[0],
    chainRows: () => [],
    sessions: (contract, regularHours) => {
      const future = futureOf(contract)
      return future && futureSessions(future, regularHours)
    },
    hours: (contract, at) => {
      const future = futureOf(contract)
      if (future) return futureHours(future.product, future.month.lastTradeAt, at)
      const product = productOf(contract.symbol) as FutureProduct
      return futureHours(product, null, at)
    },
    quote: (contract, at) => {
      const future = futureOf(contract)
      return future ? quoteFuture(inputs, future, at) : {}
    },
    bars: (contract, what, request) => {
      const future = futureOf(contract)
      return future ? futureBars(inputs, future, { what, request }) : []
    },
    headTimestamp: (contract, what) => {
      const future = futureOf(contract)
      return future ? futureHead(future, what) : null
    },
    trades: (contract, span) => {
      const future = futureOf(contract)
      return future ? futureTrades(inputs, future, span) : []
    },
    quoteChanges: (contract, span) => {
      const future = futureOf(contract)
      return future ? futureQuoteChanges(inputs, future, span) : []
    },
  }
}

/** The futures of each product on the date of the market, listed when somebody asks for the product. */
export interface FutureListings {
  of(product: FutureProduct): FutureListing
  /** The future of a contract id, also one that has expired unless only those that trade are wanted. */
  byClass(parts: ClassContract, includeExpired?: boolean): ListedFuture | undefined
}

export function createListings({ today }: Pick<SyntheticSources, 'today'>): FutureListings {
  const known = new Map<string, FutureListing>()
  function listingOf(product: FutureProduct): FutureListing {
    const listing = known.get(product.symbol) ?? futuresListedOn(product, today)
    known.set(product.symbol, listing)
    return listing
  }
  return {
    of: listingOf,
    byClass: ({ classNumber, expiry }, includeExpired = true) => {
      const product = FUTURE_PRODUCTS.find((one) => one.classNumber === classNumber)
      if (!product) return undefined
      const { listed, expired } = listingOf(product)
      return [...listed, ...(includeExpired ? expired : [])].find(({ month }) => month.expiry === expiry)
    },
  }
}

/** The front month under the name of the continuous future: for contract details and history. */
function continuous(front: SimContract): SimContract {
  return { ...front, secType: 'CONTFUT' }
}
