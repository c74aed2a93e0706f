import { type OptionContract, VIX } from '../market/contract.ts'
import type { ConId } from '../market/units.ts'
import type { ChosenExpiration, UniverseOptions } from './universe.ts'

/** The centre of a strike window. */
export interface WindowCentre {
  /** Dollars. */
  readonly price: number
  /**
   * Annualised volatility as a fraction, for the width of the window; null if unknown, which gives the widest window.
   */
  readonly volFraction: number | null
  /** The future that it is the price of; absent where all options of the symbol are on one underlying. */
  readonly underlyingConId?: ConId | undefined
}

/** The one that the options of a contract's underlying are centred on; undefined while that has no price. */
export function centreFor<Centre extends Pick<WindowCentre, 'underlyingConId'>>(
  { underlyingConId }: Pick<OptionContract, 'underlyingConId'>,
  centres: readonly Centre[],
): Centre | undefined {
  return centres.find((one) => one.underlyingConId === undefined || one.underlyingConId === underlyingConId)
}

/** A new window is added once the price has moved by this fraction since the last one. */
const NEW_WINDOW_FRACTION = 0.01

/**
 * The centres of the day's windows: the earlier ones, plus each current one that is far from the last of its underlying. A
 * contract inside any window stays in all day, so that rerunning a slot requests the same contracts and strikes at the
 * edge do not come and go with every tick.
 */
export function windowCentres(
  earlier: readonly WindowCentre[],
  now: readonly WindowCentre[],
): readonly WindowCentre[] {
  const added = now.filter((one) => !isCovered(earlier, one))
  return added.length === 0 ? earlier : [...earlier, ...added]
}

function isCovered(earlier: readonly WindowCentre[], now: WindowCentre): boolean {
  const last = earlier.findLast((one) => one.underlyingConId === now.underlyingConId)
  const isNear = last !== undefined && Math.abs(now.price / last.price - 1) < NEW_WINDOW_FRACTION
  return isNear && (last.volFraction !== null || now.volFraction === null)
}

/**
 * Distance of the strikes of a thinned expiration, in standard deviations to expiry: some twenty between the puts and the
 * calls of 10 delta, and a hundred dollars of strikes become twenty.
 */
const THINNED_SIGMAS = 0.1

/** Stands in for an unknown volatility when strikes are thinned or ranked. It decides only which are left out. */
export const ASSUMED_VOL_FRACTION = 0.2

/** The listed contracts inside the policy's strike window around any of the centres of their underlying. */
export function withinWindow(
  contracts: readonly OptionContract[],
  expirations: readonly ChosenExpiration[],
  { centres, options }: { centres: readonly WindowCentre[]; options: UniverseOptions },
): OptionContract[] {
  const isOnVix = contracts[0]?.symbol === VIX.symbol
  const widest = isOnVix ? options.vixWindowFraction : options.strikeWindowFraction
  const windows = new Map(
    expirations.map((one) => [
      one.expiry,
      centres.map((centre) => ({
        ...strikeWindow(one, centre, { ...options, strikeWindowFraction: widest }),
        strikes: one.isThinned ? thinnedStrikes(contracts, one, centre) : null,
      })),
    ]),
  )
  return contracts.filter(({ expiry, strike, right, underlyingConId }) =>
    windows
      .get(expiry)
      ?.some(
        ({ low, lowPut, high, of, strikes }) =>
          (of === undefined || of === underlyingConId) &&
          strike <= high &&
          strike >= (right === 'P' ? lowPut : low) &&
          (strikes === null || strikes.has(strike)),
      ),
  )
}

/** The listed strikes of an expiration nearest to the multiples of a round step, so that they stay the same for weeks. */
function thinnedStrikes(
  contracts: readonly OptionContract[],
  { expiry, days }: ChosenExpiration,
  { price, volFraction }: WindowCentre,
): ReadonlySet<number> {
  const deviation = price * (volFraction ?? ASSUMED_VOL_FRACTION) * Math.sqrt(days / 365)
  const step = roundStep(THINNED_SIGMAS * deviation)
  const nearest = new Map<number, number>()
  for (const contract of contracts) {
    if (contract.expiry !== expiry) continue
    const multiple = Math.round(contract.strike / step)
    const known = nearest.get(multiple)
    const distance = (strike: number) => Math.abs(strike - multiple * step)
    if (known === undefined || distance(contract.strike) < distance(known))
      nearest.set(multiple, contract.strike)
  }
  return new Set(nearest.values())
}

/** The nearest of 1, 2 and 5 times a power of ten, by ratio. */
function roundStep(width: number): number {
  const power = 10 ** Math.floor(Math.log10(width))
  const ratio = (step: number) => Math.abs(Math.log(width / step))
  return [1, 2, 5, 10]
    .map((multiple) => multiple * power)
    .reduce((best, step) => (ratio(step) < ratio(best) ? step : best))
}

interface StrikeWindow {
  /** The future that it is around; undefined: all. */
  readonly of: ConId | undefined
  readonly low: number
  readonly lowPut: number
  readonly high: number
}

function strikeWindow(
  expiration: ChosenExpiration,
  centre: WindowCentre,
  options: UniverseOptions,
): StrikeWindow {
  const widest = options.strikeWindowFraction
  const wide = options.policy !== 'targets' || expiration.aroundThirty || centre.volFraction === null
  const deviation = options.sigmas * (centre.volFraction ?? 0) * Math.sqrt(expiration.days / 365)
  const fraction = wide
    ? widest
    : Math.min(widest, Math.max(Math.min(options.minStrikeWindowFraction, widest), deviation))
  const down = options.policy === 'targets' && expiration.aroundThirty
  const putFraction = down ? Math.max(fraction, options.widePutsFraction) : fraction
  return {
    of: centre.underlyingConId,
    low: centre.price * (1 - fraction),
    lowPut: centre.price * (1 - putFraction),
    high: centre.price * (1 + fraction),
  }
}
