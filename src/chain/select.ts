import type { OptionContract } from '../market/contract.ts'
import type { ExpiryDate } from '../market/units.ts'
import type { ChosenExpiration, UniverseOptions } from './universe.ts'

/** What the window of strikes depends on. */
export interface WindowCentre {
  /** Dollars. */
  readonly price: number
  /** Annualised volatility as a fraction, for the width of the window; null where unknown: then the widest is used. */
  readonly volFraction: number | null
}

export interface Selection {
  readonly wanted: readonly OptionContract[]
  /** Contracts inside the policy's window that did not fit into the budget, furthest wings first. */
  readonly skipped: readonly OptionContract[]
}

/** A window is laid anew once the price has moved by this since the last one. */
const NEW_WINDOW_FRACTION = 0.01

/**
 * The prices that the day's windows are laid around: those so far, and the present one where it is far from the last.
 * What was inside a window stays in all day, so that the same slot asks for the same contracts whenever it runs,
 * and strikes at the edge do not come and go with every tick.
 */
export function windowCentres(earlier: readonly WindowCentre[], now: WindowCentre): readonly WindowCentre[] {
  const last = earlier.at(-1)
  const isNear = last !== undefined && Math.abs(now.price / last.price - 1) < NEW_WINDOW_FRACTION
  const knowsNoMore = last?.volFraction !== null || now.volFraction === null
  return isNear && knowsNoMore ? earlier : [...earlier, now]
}

/** The listed contracts inside the policy's window of strikes around any of the prices. */
export function withinWindow(
  contracts: readonly OptionContract[],
  expirations: readonly ChosenExpiration[],
  { spots, options }: { spots: readonly WindowCentre[]; options: UniverseOptions },
): OptionContract[] {
  const windows = new Map(
    expirations.map((one) => [one.expiry, spots.map((spot) => strikeWindow(one, spot, options))]),
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
  spot: WindowCentre,
  options: UniverseOptions,
): StrikeWindow {
  const widest = options.strikeWindowFraction
  const wide = options.policy !== 'targets' || expiration.aroundThirty || spot.volFraction === null
  const deviation = options.sigmas * (spot.volFraction ?? 0) * Math.sqrt(expiration.days / 365)
  const fraction = wide
    ? widest
    : Math.min(widest, Math.max(Math.min(options.minStrikeWindowFraction, widest), deviation))
  const down = options.policy === 'targets' && expiration.aroundThirty
  const putFraction = down ? Math.max(fraction, options.widePutsFraction) : fraction
  return {
    low: spot.price * (1 - fraction),
    lowPut: spot.price * (1 - putFraction),
    high: spot.price * (1 + fraction),
  }
}

/** One symbol's contracts with what their distance from the money is measured by. */
export interface Candidates {
  readonly contracts: readonly OptionContract[]
  readonly spot: WindowCentre
  /** Days to expiry of each expiration. */
  readonly days: ReadonlyMap<ExpiryDate, number>
}

/** Volatility that ranks strikes of a symbol whose own is unknown. Decides only what is dropped first. */
const RANKING_VOL_FRACTION = 0.2

/**
 * Fits the symbols together into one budget of contracts. What does not fit is dropped by distance from the money in
 * standard deviations to expiry, far wings first, call and put of a strike together; expirations lose wings
 * and are never dropped whole while a nearer strike of another remains to be dropped.
 */
export function fitBudget(symbols: readonly Candidates[], maxContracts: number): Selection[] {
  const total = symbols.reduce((sum, { contracts }) => sum + contracts.length, 0)
  if (total <= maxContracts) return symbols.map(({ contracts }) => ({ wanted: contracts, skipped: [] }))

  const ranked = symbols
    .flatMap((one, owner) => strikesOf(one).map((strike) => ({ ...strike, owner })))
    .sort((a, b) => a.distance - b.distance)
  const wanted: OptionContract[][] = symbols.map(() => [])
  const skipped: OptionContract[][] = symbols.map(() => [])
  let room = maxContracts
  for (const { contracts, owner } of ranked) {
    const fits = contracts.length <= room
    room = fits ? room - contracts.length : 0
    ;(fits ? wanted : skipped)[owner]?.push(...contracts)
  }
  return symbols.map((_, owner) => ({
    wanted: wanted[owner] as OptionContract[],
    skipped: (skipped[owner] as OptionContract[]).reverse(),
  }))
}

function strikesOf({
  contracts,
  spot,
  days,
}: Candidates): { distance: number; contracts: OptionContract[] }[] {
  const strikes = new Map<string, { distance: number; contracts: OptionContract[] }>()
  for (const contract of contracts) {
    const key = `${contract.expiry}|${contract.strike}`
    const years = Math.max(days.get(contract.expiry) ?? 0, 1) / 365
    const deviation = (spot.volFraction ?? RANKING_VOL_FRACTION) * Math.sqrt(years)
    const entry = strikes.get(key) ?? {
      distance: Math.abs(Math.log(contract.strike / spot.price)) / deviation,
      contracts: [],
    }
    entry.contracts.push(contract)
    strikes.set(key, entry)
  }
  return [...strikes.values()]
}

/** Days to expiry by expiration, for `Candidates`. */
export function daysByExpiry(expirations: readonly ChosenExpiration[]): Map<ExpiryDate, number> {
  return new Map(expirations.map(({ expiry, days }) => [expiry, days]))
}
