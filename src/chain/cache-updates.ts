import { newYorkDate } from '../market/calendar.ts'
import type { OptionContract, Underlying } from '../market/contract.ts'
import type { ConId, EpochMs, ExpiryDate, SessionDate } from '../market/units.ts'
import { carryOver, chainOf } from './chain.ts'
import type { ChainCache } from './chain-cache.ts'
import type { ListedContracts, ListedExpirations } from './chain-requests.ts'
import type { UniverseOptions } from './universe.ts'

/** Pure changes of a chain cache: what one answer of the gateway, or one cycle, adds to it. */

/** A cache that knows the underlying alone. */
export function emptyCache(underlying: Underlying, date: SessionDate): ChainCache {
  return {
    date,
    underlying,
    expirations: [],
    expirationsListedAt: null,
    skippedClasses: [],
    contracts: new Map(),
    listings: new Map(),
    unlisted: [],
    admitted: [],
    hours: null,
    openInterest: new Map(),
    windows: [],
  }
}

/**
 * Replaces the expirations, and admits those that the policy selects from them. One that the list lacks stays while
 * contracts of it are known: the gateway refuses them if it is gone, and a list may come too early, or empty.
 */
export function withExpirations(
  cache: ChainCache,
  { expirations: named, skippedClasses }: ListedExpirations,
  { at, today, options }: { at: EpochMs; today: SessionDate; options: UniverseOptions },
): ChainCache {
  const kept = cache.expirations.filter((expiry) => (cache.contracts.get(expiry) ?? []).length > 0)
  const expirations = [...new Set([...named, ...kept])].sort()
  const listed = { ...cache, expirations, skippedClasses, expirationsListedAt: at }
  if (options.policy !== 'targets') return listed
  return { ...listed, admitted: chainOf(listed, { today, options }).expirations.map(({ expiry }) => expiry) }
}

/**
 * Adds the contracts of one expiration. Known ones stay, with their ids and their open interest: one that a whole list
 * lacks counts as unlisted, and one that is listed again no longer does.
 */
export function withContracts(
  cache: ChainCache,
  expiry: ExpiryDate,
  { contracts, hours, isWhole }: ListedContracts,
  at: EpochMs,
): ChainCache {
  const listed = new Map(contracts.map((contract) => [contract.conId, contract]))
  const before = cache.contracts.get(expiry) ?? []
  const kept = before.filter(({ conId }) => !listed.has(conId))
  const gone = isWhole ? kept.map(({ conId }) => conId) : []
  return {
    ...cache,
    contracts: new Map(cache.contracts).set(expiry, [...contracts, ...kept]),
    listings: new Map(cache.listings).set(expiry, listingOf(cache, expiry, { at, isWhole })),
    unlisted: [...new Set([...cache.unlisted.filter((conId) => !listed.has(conId)), ...gone])],
    hours: hours ?? cache.hours,
  }
}

/** A list that broke off does not replace a whole one: together they know no less than before. */
function listingOf({ listings }: ChainCache, expiry: ExpiryDate, listing: { at: EpochMs; isWhole: boolean }) {
  const before = listings.get(expiry)
  return before?.isWhole && !listing.isWhole ? before : listing
}

/** What a cycle learned for the rest of the day. */
export interface Learned {
  readonly date: SessionDate
  readonly openInterest: ReadonlyMap<ConId, number>
  readonly windows: ChainCache['windows']
  /** Contracts that the gateway does not know (200). */
  readonly refused: readonly OptionContract[]
}

/** Adds what a cycle learned; drops refused contracts, unless the newest list of the day names them. */
export function withLearned(
  cache: ChainCache,
  { date, openInterest, windows, refused }: Learned,
): ChainCache {
  const current = carryOver(cache, date)
  const isListedToday = (expiry: ExpiryDate) => {
    const at = current.listings.get(expiry)?.at
    return at !== undefined && newYorkDate(at) === date
  }
  const unlisted = new Set(current.unlisted)
  const dropped = new Set(
    refused.filter((one) => unlisted.has(one.conId) || !isListedToday(one.expiry)).map(({ conId }) => conId),
  )
  return {
    ...current,
    contracts:
      dropped.size === 0
        ? current.contracts
        : new Map(
            [...current.contracts].map(([expiry, contracts]) => [
              expiry,
              contracts.filter(({ conId }) => !dropped.has(conId)),
            ]),
          ),
    unlisted: current.unlisted.filter((conId) => !dropped.has(conId)),
    openInterest: new Map([...current.openInterest, ...openInterest]),
    windows,
  }
}
