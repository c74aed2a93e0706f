import type { Market, SimContract } from './market.ts'

/** Contracts of one kind within a market, which are listed no earlier than somebody asks for them. */
export interface MarketFamily extends Market {
  /** Whether the contract is one of its own. */
  owns(contract: SimContract): boolean
}

/**
 * One market of several families. A search asks all of them, so each must know a query that is none of its own without
 * listing anything.
 */
export function combinedMarket(families: readonly MarketFamily[]): Market {
  function familyOf(contract: SimContract): MarketFamily {
    const family = families.find((one) => one.owns(contract))
    if (!family) throw new RangeError(`no family of this market has the contract ${contract.localSymbol}`)
    return family
  }

  return {
    find: (query) => families.flatMap((family) => family.find(query)),
    byConId: (conId) => {
      for (const family of families) {
        const found = family.byConId(conId)
        if (found) return found
      }
      return undefined
    },
    chainRows: (underlyingConId) => families.flatMap((family) => family.chainRows(underlyingConId)),
    quote: (contract, at) => familyOf(contract).quote(contract, at),
    bars: (contract, what, request) => familyOf(contract).bars(contract, what, request),
    headTimestamp: (contract, what) => familyOf(contract).headTimestamp(contract, what),
    trades: (contract, span) => familyOf(contract).trades(contract, span),
    quoteChanges: (contract, span) => familyOf(contract).quoteChanges(contract, span),
    sessions: (contract, regularHours) => familyOf(contract).sessions?.(contract, regularHours),
    hours: (contract, at) => familyOf(contract).hours(contract, at),
  }
}
