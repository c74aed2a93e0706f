import { dateToExpiry, type SessionDate } from '../../../market/units.ts'
import { occSymbol } from '../contracts.ts'
import { INDEX_MULTIPLIER, type IndexClass, type IndexOptions, type MarketIndex } from '../indices.ts'
import type { SimContract } from '../market.ts'
import { classContractId } from './contract-id.ts'
import { listingSessions } from './expirations.ts'
import { type IndexExpiration, indexExpirations } from './index-expirations.ts'
import { rangeOf, strikesOf } from './listing.ts'

/** Strikes of a class that have contract ids. */
const MOST_STRIKES = 2_047

/** One class of index options as it is listed on a day. Nothing is computed before it is asked for. */
export interface ClassListing {
  readonly tradingClass: string
  readonly classNumber: number
  /** Soonest first. */
  expirations(): readonly IndexExpiration[]
  /** Ascending. */
  strikes(expiration: IndexExpiration): readonly number[]
  contracts(expiration: IndexExpiration): readonly SimContract[]
}

export type OptionedIndex = MarketIndex & { readonly options: IndexOptions }

/** The listing of one class. `closeOn` is the closing level of a session, points. */
export function classListing(
  index: OptionedIndex,
  own: IndexClass,
  { today, closeOn }: { readonly today: SessionDate; closeOn(date: SessionDate): number },
): ClassListing {
  let expirations: readonly IndexExpiration[] | null = null
  const strikes = new Map<string, readonly number[]>()
  const contracts = new Map<string, readonly SimContract[]>()

  function computedStrikes(expiration: IndexExpiration): readonly number[] {
    const rules = index.options.strikes
    if (!('monthly' in rules)) return rules
    return strikesOf(rules[expiration.kind], (zone) => {
      const sessions = listingSessions(expiration, { today, withinDays: zone.withinDays })
      return rangeOf(sessions.map(closeOn))
    }).filter((strike) => strike > 0 && strike <= MOST_STRIKES * own.strikeUnit)
  }

  const listing: ClassListing = {
    tradingClass: own.tradingClass,
    classNumber: own.classNumber,
    expirations: () => {
      expirations ??= indexExpirations(own, today)
      return expirations
    },
    strikes: (expiration) => remembered(strikes, expiration, computedStrikes),
    contracts: (expiration) =>
      remembered(contracts, expiration, () =>
        listing
          .strikes(expiration)
          .flatMap((strike) =>
            (['C', 'P'] as const).map((right) => contractOf(index, own, { expiration, strike, right })),
          ),
      ),
  }
  return listing
}

function remembered<Value>(
  known: Map<string, Value>,
  expiration: IndexExpiration,
  compute: (expiration: IndexExpiration) => Value,
): Value {
  const found = known.get(expiration.lastDay)
  if (found !== undefined) return found
  const value = compute(expiration)
  known.set(expiration.lastDay, value)
  return value
}

function contractOf(
  { symbol, longName, conId, options }: OptionedIndex,
  { tradingClass, classNumber, strikeUnit }: IndexClass,
  listed: { readonly expiration: IndexExpiration; readonly strike: number; readonly right: 'C' | 'P' },
): SimContract {
  const { expiration, strike, right } = listed
  const { lastDay, settlementDay, lastTradeAt, settlesAt } = expiration
  const realExpiry = dateToExpiry(settlementDay)
  return {
    conId: classContractId({ classNumber, expiry: lastDay, strikeIndex: strike / strikeUnit, right }),
    symbol,
    secType: 'OPT',
    exchange: 'SMART',
    primaryExchange: '',
    currency: 'USD',
    // Names the day on which the value is fixed, and not the last trading day.
    localSymbol: occSymbol(tradingClass, realExpiry, { strike, right }),
    tradingClass,
    multiplier: String(INDEX_MULTIPLIER),
    expiry: dateToExpiry(lastDay),
    strike,
    right,
    minTick: options.minTick,
    longName,
    underlyingConId: conId,
    validExchanges: options.exchanges,
    realExpiry,
    contractMonth: realExpiry.slice(0, 6),
    exerciseStyle: 'european',
    lastTradeAt,
    settlesAt,
  }
}
