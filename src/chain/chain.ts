import type { OptionContract, Underlying } from '../market/contract.ts'
import type { Instrument } from '../market/instrument.ts'
import { settlementOf } from '../market/option-hours.ts'
import { listingDateAt } from '../market/trade-dates.ts'
import { dateToExpiry, type EpochMs, type ExpiryDate, type SessionDate } from '../market/units.ts'
import type { ChainCache } from './chain-cache.ts'
import { collectedExpirations, unlistedClasses } from './collected-classes.ts'
import { expirationKey, expiryOfKey, type ListedExpiration } from './expiration.ts'
import { underlyingOfFuture } from './option-contract.ts'
import { type ChosenExpiration, chooseExpirations, type UniverseOptions } from './universe.ts'

/** What is listed on one symbol, as far as it is known, and what the policy selects from it. */
export interface Chain {
  /** What the options are on; of options on futures the nearest future. */
  readonly underlying: Underlying
  /** The same, and of options on futures every future whose options are collected. */
  readonly underlyings: readonly Underlying[]
  /** The policy's expirations, soonest first, by class on the same day: every class that is listed for a chosen day. */
  readonly expirations: readonly ChainExpiration[]
  /** Every known contract of those expirations. */
  readonly contracts: readonly OptionContract[]
  /** Classes to collect that the gateway does not list; [] while its list is not known. */
  readonly unlistedClasses: readonly string[]
  readonly completeness: ChainCompleteness
  readonly cache: ChainCache
}

export type ChainExpiration = ChosenExpiration & ListedExpiration

/** How much of a chain the gateway has listed, and when. */
export interface ChainCompleteness {
  /** The expirations are known, and each of the policy's has a whole list, of whatever day. */
  readonly isKnown: boolean
  /** Expirations of the policy of which no contract is known. */
  readonly missing: readonly ListedExpiration[]
  /** Expirations whose list broke off, and of which no whole list is known. */
  readonly partial: readonly ListedExpiration[]
  /** Expirations whose list is of an earlier day. */
  readonly earlier: readonly ListedExpiration[]
  /** The trade date of the oldest list in use, that of the expirations included; null if all are of the day. */
  readonly earlierDate: SessionDate | null
}

/** What selects a chain from a cache. */
export interface ChainTerms {
  readonly today: SessionDate
  readonly options: UniverseOptions
  /** Which classes are collected. */
  readonly instrument: Instrument
}

/** The chain that a cache holds for a date. Pure. */
export function chainOf(cache: ChainCache, terms: ChainTerms): Chain {
  const { today, instrument } = terms
  const current = carryOver(cache, today)
  const expirations = chooseListed(current, terms)
  const { underlying, futures } = current
  return {
    underlying,
    underlyings:
      futures.length === 0
        ? [underlying]
        : futures.slice(0, Math.max(1, instrument.frontMonths)).map(underlyingOfFuture),
    expirations,
    contracts: expirations.flatMap((one) => current.contracts.get(expirationKey(one)) ?? []),
    unlistedClasses: current.expirationsListedAt === null ? [] : unlistedClasses(current.classes, instrument),
    completeness: completenessOf(
      current,
      expirations.map(({ expiry, tradingClass }) => ({ expiry, tradingClass })),
      terms,
    ),
    cache: current,
  }
}

/** A day that the policy chooses is collected with all its classes: one that is listed for it is never left out. */
function chooseListed(
  { classes, admitted }: ChainCache,
  { today, options, instrument }: ChainTerms,
): ChainExpiration[] {
  const listed = collectedExpirations(classes, instrument)
  const dates = chooseExpirations(
    listed.map(({ expiry }) => expiry),
    admitted.map(expiryOfKey),
    { today, options, sparse: settledAtOpening(listed, instrument) },
  )
  return dates.flatMap((date) =>
    listed.filter(({ expiry }) => expiry === date.expiry).map((one) => ({ ...date, ...one })),
  )
}

/** The days of each class of an index that is settled at the opening: one a month, which no target day need be near. */
function settledAtOpening(listed: readonly ListedExpiration[], { kind }: Instrument): ExpiryDate[][] {
  if (kind !== 'IND') return []
  const days = new Map<string, ExpiryDate[]>()
  for (const { expiry, tradingClass } of listed) {
    if (settlementOf(tradingClass) !== 'am') continue
    days.set(tradingClass, [...(days.get(tradingClass) ?? []), expiry])
  }
  return [...days.values()]
}

function completenessOf(
  { expirationsListedAt, listings, contracts }: ChainCache,
  chosen: readonly ListedExpiration[],
  { today, instrument: { calendar } }: Pick<ChainTerms, 'today' | 'instrument'>,
): ChainCompleteness {
  const dateOf = (at: EpochMs) => listingDateAt(at, calendar)
  const isEarlier = (at: EpochMs | null | undefined): at is EpochMs => at != null && dateOf(at) < today
  const listingOf = (one: ListedExpiration) => listings.get(expirationKey(one))
  const times = [expirationsListedAt, ...chosen.map((one) => listingOf(one)?.at)].filter(isEarlier)
  const missing = chosen.filter((one) => !listingOf(one) && !contracts.has(expirationKey(one)))
  const partial = chosen.filter((one) => listingOf(one)?.isWhole === false)
  return {
    isKnown: expirationsListedAt !== null && missing.length === 0 && partial.length === 0,
    missing,
    partial,
    earlier: chosen.filter((one) => isEarlier(listingOf(one)?.at)),
    earlierDate: times.map(dateOf).sort()[0] ?? null,
  }
}

/** Yesterday's cache for a new date: without what has expired and what was known for that day alone. Pure. */
export function carryOver(cache: ChainCache, today: SessionDate): ChainCache {
  if (cache.date === today) return cache
  const first = dateToExpiry(today)
  const isAlive = ([key]: readonly [Parameters<typeof expiryOfKey>[0], unknown]) => expiryOfKey(key) >= first
  const contracts = new Map([...cache.contracts].filter(isAlive))
  const alive = new Set([...contracts.values()].flat().map(({ conId }) => conId))
  const futures = cache.futures.filter(({ expiry }) => expiry >= first)
  const [nearest] = futures
  return {
    ...cache,
    date: today,
    futures,
    underlying: nearest ? underlyingOfFuture(nearest) : cache.underlying,
    classes: cache.classes.map((one) => ({
      ...one,
      expirations: one.expirations.filter((expiry) => expiry >= first),
    })),
    contracts,
    listings: new Map([...cache.listings].filter(isAlive)),
    unlisted: cache.unlisted.filter((conId) => alive.has(conId)),
    admitted: cache.admitted.filter((key) => expiryOfKey(key) >= first),
    openInterest: new Map(),
    windows: [],
  }
}
