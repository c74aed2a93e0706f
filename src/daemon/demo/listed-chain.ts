import { emptyCache, withClasses, withContracts } from '../../chain/cache-updates.ts'
import { carryOver } from '../../chain/chain.ts'
import type { ChainCache } from '../../chain/chain-cache.ts'
import type { ListedClass } from '../../chain/collected-classes.ts'
import { collectedExpirations } from '../../chain/collected-classes.ts'
import { expirationKey } from '../../chain/expiration.ts'
import type { UniverseOptions } from '../../chain/universe.ts'
import { type OptionContract, stock, type Underlying } from '../../market/contract.ts'
import type { Instrument } from '../../market/instrument.ts'
import { settlementOf } from '../../market/option-hours.ts'
import { exerciseStyleOf } from '../../market/option-terms.ts'
import { conId, type EpochMs, expiryDate, type SessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Market, SimContract } from '../../simulator/market/market.ts'

/** The terms under which a chain is listed. */
interface ListingTerms {
  readonly instrument: Instrument
  readonly universe: UniverseOptions
  /** When it is listed, on its trade date. */
  readonly at: EpochMs
  readonly today: SessionDate
  /** The chain of an earlier day: expirations that are collected already stay. */
  readonly before: ChainCache | null
}

/**
 * What a simulated market lists on a stock, as the chain lister would know it after asking for everything.
 * @throws Failure EXIT.usage for a symbol that is no stock of the market.
 */
export function listChain(market: Market, terms: ListingTerms): ChainCache {
  const { instrument, universe, at, today, before } = terms
  const { symbol } = instrument
  const underlying = underlyingIn(market, symbol)
  const options = market.find({ symbol, secType: 'OPT' }).filter(({ secType }) => secType === 'OPT')
  const cache = before ? carryOver(before, today) : emptyCache(underlying, today)
  const known = withClasses(cache, classesOf(options), { at, today, options: universe, instrument })
  const byExpiration = new Map<string, OptionContract[]>()
  for (const option of options) {
    const contract = optionContract(option, underlying)
    const key = expirationKey(contract)
    const own = byExpiration.get(key)
    if (own) own.push(contract)
    else byExpiration.set(key, [contract])
  }
  const admitted = new Set(known.admitted)
  return collectedExpirations(known.classes, instrument)
    .filter((expiration) => admitted.has(expirationKey(expiration)))
    .reduce((chain, expiration) => {
      const contracts = byExpiration.get(expirationKey(expiration)) ?? []
      const listed = { contracts, hours: hoursOf(market, options, at), isWhole: true }
      return withContracts(chain, expiration, listed, at)
    }, known)
}

/** The stock's contract in the market. @throws Failure EXIT.usage */
export function stockIn(market: Market, symbol: string): SimContract {
  const found = market.find({ symbol, secType: 'STK' }).find(({ secType }) => secType === 'STK')
  if (found) return found
  throw new Failure(EXIT.usage, `the simulated market has no stock ${symbol}: it has SPY, QQQ and IWM`)
}

function underlyingIn(market: Market, symbol: string): Underlying {
  return { ...stock(symbol), conId: conId(stockIn(market, symbol).conId) }
}

function classesOf(options: readonly SimContract[]): ListedClass[] {
  const expirations = new Map<string, Set<string>>()
  for (const { tradingClass, expiry } of options)
    expirations.set(tradingClass, (expirations.get(tradingClass) ?? new Set()).add(expiry))
  return [...expirations].map(([tradingClass, dates]) => ({
    tradingClass,
    multiplier: 100,
    expirations: [...dates].sort().map(expiryDate),
  }))
}

function optionContract(option: SimContract, underlying: Underlying): OptionContract {
  const { symbol, strike, tradingClass, currency } = option
  return {
    ...{ symbol, strike, tradingClass, currency },
    conId: conId(option.conId),
    expiry: expiryDate(option.expiry),
    right: option.right === 'P' ? 'P' : 'C',
    multiplier: Number(option.multiplier),
    exchange: 'SMART',
    exerciseStyle: exerciseStyleOf(tradingClass, underlying.secType),
    settlement: settlementOf(tradingClass),
    expiresAt: null,
    underlyingType: underlying.secType,
    underlyingConId: underlying.conId,
  }
}

function hoursOf(market: Market, options: readonly SimContract[], at: EpochMs): ChainCache['hours'] {
  const [option] = options
  if (!option) return null
  const { timeZoneId, liquidHours } = market.hours(option, at)
  return { timeZoneId, liquidHours }
}
