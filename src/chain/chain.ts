import { newYorkDate } from '../market/calendar.ts'
import type { OptionContract, Underlying } from '../market/contract.ts'
import type { EpochMs, ExpiryDate, SessionDate } from '../market/units.ts'
import type { ChainCache } from './chain-cache.ts'
import { type ChosenExpiration, chooseExpirations, type UniverseOptions } from './universe.ts'

/** What is listed on one symbol, as far as it is known, and what the policy selects from it. */
export interface Chain {
  readonly underlying: Underlying
  /** The policy's expirations, soonest first. */
  readonly expirations: readonly ChosenExpiration[]
  /** Every known contract of those expirations, of the symbol's own trading class. */
  readonly contracts: readonly OptionContract[]
  readonly completeness: ChainCompleteness
  readonly cache: ChainCache
}

/** How much of a chain the gateway has listed, and when. */
export interface ChainCompleteness {
  /** The expirations are known, and each of the policy's has a whole list, of whatever day. */
  readonly isKnown: boolean
  /** Expirations of the policy of which no contract is known. */
  readonly missing: readonly ExpiryDate[]
  /** Expirations whose list broke off, and of which no whole list is known. */
  readonly partial: readonly ExpiryDate[]
  /** Expirations whose list is of an earlier day. */
  readonly earlier: readonly ExpiryDate[]
  /** The date of the oldest list in use, that of the expirations included; null if all are of the day. */
  readonly earlierDate: SessionDate | null
}

/** The chain that a cache holds for a date. Pure. */
export function chainOf(
  cache: ChainCache,
  { today, options }: { readonly today: SessionDate; readonly options: UniverseOptions },
): Chain {
  const current = carryOver(cache, today)
  const expirations = chooseExpirations(current.expirations, current.admitted, { today, options })
  const chosen = expirations.map(({ expiry }) => expiry)
  return {
    underlying: current.underlying,
    expirations,
    contracts: chosen.flatMap((expiry) => current.contracts.get(expiry) ?? []),
    completeness: completenessOf(current, chosen, today),
    cache: current,
  }
}

function completenessOf(
  { expirationsListedAt, listings, contracts }: ChainCache,
  chosen: readonly ExpiryDate[],
  today: SessionDate,
): ChainCompleteness {
  const isEarlier = (at: EpochMs | null | undefined): at is EpochMs => at != null && newYorkDate(at) < today
  const times = [expirationsListedAt, ...chosen.map((expiry) => listings.get(expiry)?.at)].filter(isEarlier)
  const missing = chosen.filter((expiry) => !listings.has(expiry) && !contracts.has(expiry))
  const partial = chosen.filter((expiry) => listings.get(expiry)?.isWhole === false)
  return {
    isKnown: expirationsListedAt !== null && missing.length === 0 && partial.length === 0,
    missing,
    partial,
    earlier: chosen.filter((expiry) => isEarlier(listings.get(expiry)?.at)),
    earlierDate: times.map(newYorkDate).sort()[0] ?? null,
  }
}

/** Yesterday's cache for a new date: without what has expired and what was known for that day alone. Pure. */
export function carryOver(cache: ChainCache, today: SessionDate): ChainCache {
  if (cache.date === today) return cache
  const first = today.replaceAll('-', '')
  const isAlive = ([expiry]: readonly [ExpiryDate, unknown]) => expiry >= first
  const contracts = new Map([...cache.contracts].filter(isAlive))
  const alive = new Set([...contracts.values()].flat().map(({ conId }) => conId))
  return {
    ...cache,
    date: today,
    expirations: cache.expirations.filter((expiry) => expiry >= first),
    contracts,
    listings: new Map([...cache.listings].filter(isAlive)),
    unlisted: cache.unlisted.filter((conId) => alive.has(conId)),
    openInterest: new Map(),
    windows: [],
  }
}
