import type { OptionContract } from '../market/contract.ts'
import type { ChosenExpiration, UniverseOptions } from './universe.ts'

/** The centre of a strike window. */
export interface WindowCentre {
  /** Dollars. */
  readonly price: number
  /**
   * Annualised volatility as a fraction, for the width of the window; null if unknown, which gives the widest window.
   */
  readonly volFraction: number | null
}

/** A new window is added once the price has moved by this fraction since the last one. */
const NEW_WINDOW_FRACTION = 0.01

/**
 * The centres of the day's windows: the earlier ones, plus the current one if it is far from the last. A contract
 * inside any window stays in all day, so that rerunning a slot requests the same contracts and strikes at the edge do
 * not come and go with every tick.
 */
export function windowCentres(earlier: readonly WindowCentre[], now: WindowCentre): readonly WindowCentre[] {
  const last = earlier.at(-1)
  const isNear = last !== undefined && Math.abs(now.price / last.price - 1) < NEW_WINDOW_FRACTION
  const addsNoVol = last?.volFraction !== null || now.volFraction === null
  return isNear && addsNoVol ? earlier : [...earlier, now]
}

/** The listed contracts inside the policy's strike window around any of the centres. */
export function withinWindow(
  contracts: readonly OptionContract[],
  expirations: readonly ChosenExpiration[],
  { centres, options }: { centres: readonly WindowCentre[]; options: UniverseOptions },
): OptionContract[] {
  const windows = new Map(
    expirations.map((one) => [one.expiry, centres.map((centre) => strikeWindow(one, centre, options))]),
  )
  return contracts.filter(({ expiry, strike, right }) =>
    windows
      .get(expiry)
      ?.some(({ low, lowPut, high }) => strike <= high && strike >= (right === 'P' ? lowPut : low)),
  )
}

interface StrikeWindow {
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
    low: centre.price * (1 - fraction),
    lowPut: centre.price * (1 - putFraction),
    high: centre.price * (1 + fraction),
  }
}
