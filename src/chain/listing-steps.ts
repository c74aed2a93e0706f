import { newYorkDate } from '../market/calendar.ts'
import type { EpochMs, ExpiryDate, SessionDate } from '../market/units.ts'
import { chainOf } from './chain.ts'
import type { ChainCache } from './chain-cache.ts'
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
  | { readonly kind: 'expirations' }
  | { readonly kind: 'contracts'; readonly expiry: ExpiryDate }
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
  options: UniverseOptions,
): readonly ListingStep[] {
  if (cache === null) return [{ kind: 'underlying', need: 'unknown' }]
  const { expirations, cache: current } = chainOf(cache, { today: date, options })
  const needFor = (at: EpochMs | null): ListingNeed | null => {
    if (at === null) return 'unknown'
    if (newYorkDate(at) < date) return 'earlier'
    return at < since ? 'again' : null
  }
  const steps: ListingStep[] = []
  const forExpirations = needFor(current.expirationsListedAt)
  if (forExpirations) steps.push({ kind: 'expirations', need: forExpirations })
  for (const { expiry } of expirations) {
    const listing = current.listings.get(expiry)
    const need = listing?.isWhole === false ? 'partial' : needFor(listing?.at ?? null)
    if (need) steps.push({ kind: 'contracts', expiry, need })
  }
  return steps.sort((a, b) => urgencyOf(a) - urgencyOf(b))
}
