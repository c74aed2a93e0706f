import type { FutureContract, OptionContract, Underlying } from '../market/contract.ts'
import { listingDateAt } from '../market/trade-dates.ts'
import type { ConId, EpochMs, SessionDate } from '../market/units.ts'
import { type ChainTerms, carryOver, chainOf } from './chain.ts'
import type { ChainCache, ListedHours } from './chain-cache.ts'
import type { ListedContracts } from './chain-requests.ts'
import { isAdjustedOf, type ListedClass } from './collected-classes.ts'
import { expirationKey, type ListedExpiration, parseExpirationKey } from './expiration.ts'
import { underlyingOfFuture } from './option-contract.ts'

/** Pure changes of a chain cache: what one answer of the gateway, or one cycle, adds to it. */

/** A cache that knows the underlying alone. */
export function emptyCache(underlying: Underlying, date: SessionDate): ChainCache {
  return {
    date,
    underlying,
    futures: [],
    futuresListedAt: null,
    classes: [],
    expirationsListedAt: null,
    contracts: new Map(),
    listings: new Map(),
    unlisted: [],
    admitted: [],
    hours: null,
    openInterest: new Map(),
    windows: [],
    impliedVolFraction: null,
  }
}

/** The cache of an underlying that has got another contract id: what was listed is of the old one. */
export function renewed(cache: ChainCache, underlying: Underlying): ChainCache {
  return { ...emptyCache(underlying, cache.date), admitted: cache.admitted }
}

/** Replaces the futures; the nearest is the underlying. Those that have expired, and their options, go with the day. */
export function withFutures(
  cache: ChainCache,
  futures: readonly FutureContract[],
  { at, frontMonths }: { readonly at: EpochMs; readonly frontMonths: number },
): ChainCache {
  const collected = futures.slice(0, Math.max(1, frontMonths))
  const [nearest] = collected
  return {
    ...cache,
    futures: collected,
    futuresListedAt: at,
    underlying: nearest ? underlyingOfFuture(nearest) : cache.underlying,
  }
}

/**
 * Replaces the listed classes, and admits those expirations that the policy selects from them. One that the list lacks
 * stays while contracts of it are known: the gateway refuses them if it is gone, and a list may come too early, or empty.
 */
export function withClasses(
  cache: ChainCache,
  classes: readonly ListedClass[],
  { at, ...terms }: ChainTerms & { readonly at: EpochMs },
): ChainCache {
  const kept = [...cache.contracts].flatMap(([key, contracts]) =>
    contracts.length > 0
      ? [{ ...parseExpirationKey(key), multiplier: contracts[0]?.multiplier ?? null }]
      : [],
  )
  const listed = { ...cache, classes: joined(classes, kept), expirationsListedAt: at }
  if (terms.options.policy !== 'targets') return listed
  const whole = chainOf(listed, terms).expirations.filter(({ isThinned }) => !isThinned)
  return { ...listed, admitted: whole.map(expirationKey) }
}

/** The listed classes with the expirations of which contracts are known. */
function joined(
  classes: readonly ListedClass[],
  kept: readonly (ListedExpiration & Pick<ListedClass, 'multiplier'>)[],
): ListedClass[] {
  const all = classes.map((one) => ({ ...one, expirations: new Set(one.expirations) }))
  for (const { tradingClass, multiplier, expiry } of kept) {
    const own = all.find((one) => one.tradingClass === tradingClass && one.multiplier === multiplier)
    if (own) own.expirations.add(expiry)
    else all.push({ tradingClass, multiplier, expirations: new Set([expiry]) })
  }
  return all.map((one) => ({ ...one, expirations: [...one.expirations].sort() }))
}

/**
 * Adds the contracts of one expiration of a class. Known ones stay, with their ids and their open interest: one that a
 * whole list lacks counts as unlisted, and one that is listed again no longer does. Where there is a class of adjusted
 * contracts, one that the list lacks has gone there, perhaps with its id: it is dropped.
 */
export function withContracts(
  cache: ChainCache,
  expiration: ListedExpiration,
  { contracts, hours, isWhole }: ListedContracts,
  at: EpochMs,
): ChainCache {
  const key = expirationKey(expiration)
  const listed = new Map(contracts.map((contract) => [contract.conId, contract]))
  const before = cache.contracts.get(key) ?? []
  const isAdjusted =
    isWhole && cache.classes.some((one) => isAdjustedOf(expiration.tradingClass, one.tradingClass))
  const kept = isAdjusted ? [] : before.filter(({ conId }) => !listed.has(conId))
  const gone = isWhole ? kept.map(({ conId }) => conId) : []
  const listing = cache.listings.get(key)
  return {
    ...cache,
    contracts: new Map(cache.contracts).set(key, [...contracts, ...kept]),
    // A list that broke off does not replace a whole one: together they know no less than before.
    listings: new Map(cache.listings).set(key, listing?.isWhole && !isWhole ? listing : { at, isWhole }),
    unlisted: [...new Set([...cache.unlisted.filter((conId) => !listed.has(conId)), ...gone])],
    hours: newerHours(cache.hours, hours),
  }
}

/** Hours of the expiration furthest away: contracts may close earlier on their last day, and the symbol's day does not. */
function newerHours(known: ListedHours | null, listed: ListedHours | null): ListedHours | null {
  if (listed === null || known === null) return listed ?? known
  return (listed.expiry ?? '') >= (known.expiry ?? '') ? listed : known
}

/** What a cycle learned for the rest of the day. */
export interface Learned {
  readonly date: SessionDate
  readonly openInterest: ReadonlyMap<ConId, number>
  readonly windows: ChainCache['windows']
  /** Contracts that the gateway does not know (200). */
  readonly refused: readonly OptionContract[]
  /** At the money, a fraction; null or absent if nothing was learned of it. */
  readonly impliedVolFraction?: number | null
}

/** Adds what a cycle learned; drops refused contracts, unless the newest list of the day names them. */
export function withLearned(
  cache: ChainCache,
  { date, openInterest, windows, refused, impliedVolFraction }: Learned,
): ChainCache {
  const current = carryOver(cache, date)
  const calendar = current.underlying.secType === 'FUT' ? 'cme-equity' : 'us-options'
  const isListedToday = (contract: OptionContract) => {
    const at = current.listings.get(expirationKey(contract))?.at
    return at !== undefined && listingDateAt(at, calendar) === date
  }
  const unlisted = new Set(current.unlisted)
  const dropped = new Set(
    refused.filter((one) => unlisted.has(one.conId) || !isListedToday(one)).map(({ conId }) => conId),
  )
  return {
    ...current,
    contracts:
      dropped.size === 0
        ? current.contracts
        : new Map(
            [...current.contracts].map(([key, contracts]) => [
              key,
              contracts.filter(({ conId }) => !dropped.has(conId)),
            ]),
          ),
    unlisted: current.unlisted.filter((conId) => !dropped.has(conId)),
    openInterest: new Map([...current.openInterest, ...openInterest]),
    windows,
    impliedVolFraction: impliedVolFraction ?? current.impliedVolFraction,
  }
}
