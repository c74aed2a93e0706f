import type { Instrument } from '../market/instrument.ts'
import { listingDateAt } from '../market/trade-dates.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'
import { chainOf } from './chain.ts'
import type { ChainCache } from './chain-cache.ts'
import { expirationKey, type ListedExpiration } from './expiration.ts'
import type { UniverseOptions } from './universe.ts'

/** One listing of the day: what was listed before `since` is listed again. */
export interface ListingRound {
  readonly date: SessionDate
  readonly since: EpochMs
}

/** Why something is requested, the most urgent first. */
const NEEDS = [
  /** Nothing is known: a slot lacks it. */
  'unknown',
  /** The list broke off. */
  'partial',
  /** The list is of an earlier day. */
  'earlier',
  /** The list is of an earlier round of the day. */
  'again',
] as const
type ListingNeed = (typeof NEEDS)[number]

/** One request for a symbol's list. */
export type ListingStep = { readonly need: ListingNeed } & (
  | { readonly kind: 'underlying' }
  /** The futures that are near, where the options are on futures. */
  | { readonly kind: 'futures' }
  | { readonly kind: 'expirations' }
  | ({ readonly kind: 'contracts' } & ListedExpiration)
)

export function urgencyOf({ need }: ListingStep): number {
  return NEEDS.indexOf(need)
}

/**
 * What must still be requested for a symbol, the most urgent first, and the nearest expiration first among those.
 * Pure.
 */
export function openSteps(
  cache: ChainCache | null,
  { date, since }: ListingRound,
  { options, instrument }: { readonly options: UniverseOptions; readonly instrument: Instrument },
): readonly ListingStep[] {
  if (cache === null) return [{ kind: 'underlying', need: 'unknown' }]
  const { expirations, cache: current } = chainOf(cache, { today: date, options, instrument })
  const needFor = (at: EpochMs | null): ListingNeed | null => {
    if (at === null) return 'unknown'
    // The list of a future's trade date may be made on the evening before.
    if (at >= since) return null
    return listingDateAt(at, instrument.calendar) < date ? 'earlier' : 'again'
  }
  const steps: ListingStep[] = []
  if (instrument.kind === 'FOP') {
    const forFutures = needFor(current.futuresListedAt)
    // One that has expired leaves room for the next: what is asked about the futures of yesterday lacks it.
    const lacksOne = current.futures.length < instrument.frontMonths
    if (forFutures) steps.push({ kind: 'futures', need: lacksOne ? 'unknown' : forFutures })
    // Nothing can be asked about futures that are not known.
    if (current.futures.length === 0) return steps
  }
  const forExpirations = needFor(current.expirationsListedAt)
  if (forExpirations) steps.push({ kind: 'expirations', need: forExpirations })
  for (const { expiry, tradingClass } of expirations) {
    const listing = current.listings.get(expirationKey({ expiry, tradingClass }))
    const need = listing?.isWhole === false ? 'partial' : needFor(listing?.at ?? null)
    if (need) steps.push({ kind: 'contracts', expiry, tradingClass, need })
  }
  return steps.sort((a, b) => urgencyOf(a) - urgencyOf(b))
}
