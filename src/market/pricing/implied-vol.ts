import { blackScholesPrice, europeanGreeks, europeanPrice, guessVol } from './european.ts'
import { leastValue } from './least-value.ts'
import type { ModelGreeks, PricedOption, UnpricedOption } from './option.ts'
import { smoothAmericanPrice } from './smooth-american.ts'
import { treeGreeks, treePrice } from './tree.ts'

/**
 * Why a price has no implied volatility. no_price: it is missing or not above 0. expired: no time is left.
 * below_intrinsic: no volatility makes the option that cheap. no_time_value: the price hardly depends on volatility.
 * no_convergence: the price is above that of a volatility of 1,000 %, or no tree can be built from the inputs.
 */
type VolAbsence = 'no_price' | 'expired' | 'below_intrinsic' | 'no_time_value' | 'no_convergence'

/** Annualised volatility as a fraction, or null with its reason. */
type ImpliedVol =
  | { readonly volFraction: number; readonly reason: null }
  | { readonly volFraction: null; readonly reason: VolAbsence }

/** Volatility and greeks in the units of IB's model, or null with the reason. */
type ImpliedGreeks =
  | { readonly volFraction: number; readonly greeks: ModelGreeks; readonly reason: null }
  | { readonly volFraction: null; readonly greeks: null; readonly reason: VolAbsence }

/** Largest difference between the model's price at the volatility found and the quoted price; dollars. */
const PRICE_TOLERANCE = 1e-6
/** Smallest price change per volatility point at which a volatility is meaningful; dollars. */
const MIN_VEGA = 1e-5
/** An option within this much of the least that it can be worth may have no meaningful volatility; dollars. */
const SUSPECT_VALUE = 1e-2
const MAX_VOL = 10
const MIN_VOL = 1e-4
/** Steps of IB's tree. */
const STEPS = 100
const MAX_ROUNDS = 80

type PriceOf = (option: PricedOption) => number | null
const PRICE_OF = { ib_tree: treePrice, smooth: smoothAmericanPrice } as const

/** The model of American options: IB's 100-step tree, or the one that is smooth over strikes. */
export type AmericanModel = 'ib_tree' | 'smooth'

/**
 * The volatility at which the option's model has this price (dollars per share): Black-Scholes for a European option, else
 * the model asked for, IB's tree if left out. Bracketed root finding as in Brent's method: a secant step where it falls inside the bracket, else a
 * bisection. The first step is Newton's with the Black-Scholes vega, so that three or four prices suffice.
 * Source: R. Brent, "Algorithms for Minimization without Derivatives", 1973, chapter 4.
 */
export function impliedVol(
  option: UnpricedOption,
  price: number | null,
  { model = 'ib_tree' }: { readonly model?: AmericanModel } = {},
): ImpliedVol {
  if (price === null || !(price > 0) || !Number.isFinite(price)) return absent('no_price')
  if (!(option.years > 0)) return absent('expired')
  if (!(option.spot > 0) || !(option.strike > 0)) return absent('no_convergence')
  const least = leastValue(option, { steps: model === 'ib_tree' ? STEPS : null })
  const timeValue = price - least
  if (timeValue < -PRICE_TOLERANCE) return absent('below_intrinsic')
  if (timeValue <= PRICE_TOLERANCE) return absent('no_time_value')
  const priceOf = option.style === 'european' ? blackScholesPrice : PRICE_OF[model]
  const lowest = priceOf === treePrice ? lowestTreeVol(option) : MIN_VOL
  const found = findRoot(option, { price, priceOf, lowest })
  if (found.volFraction === null || least === 0 || timeValue >= SUSPECT_VALUE) return found
  return isMeaningful(priceOf, { ...option, volFraction: found.volFraction })
    ? found
    : absent('no_time_value')
}

/** The implied volatility of a price with the greeks of the option's model at it; null as for `impliedVol`. */
export function impliedGreeks(option: UnpricedOption, price: number | null): ImpliedGreeks {
  const vol = impliedVol(option, price)
  if (vol.volFraction === null) return { volFraction: null, greeks: null, reason: vol.reason }
  const greeksOf = option.style === 'european' ? europeanGreeks : treeGreeks
  const greeks = greeksOf({ ...option, volFraction: vol.volFraction })
  if (!greeks) return { volFraction: null, greeks: null, reason: 'no_convergence' }
  return { volFraction: vol.volFraction, greeks, reason: null }
}

function findRoot(
  option: UnpricedOption,
  { price, priceOf, lowest }: { readonly price: number; readonly priceOf: PriceOf; readonly lowest: number },
): ImpliedVol {
  const excess = (vol: number) => (priceOf({ ...option, volFraction: vol }) ?? Number.NaN) - price
  let low = lowest
  let high = MAX_VOL
  let vol = Math.min(high, Math.max(lowest * 1.001, guessVol(option, price)))
  let miss = excess(vol)
  let slope = europeanPrice(option, vol).slope
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (Math.abs(miss) <= PRICE_TOLERANCE) return { volFraction: vol, reason: null }
    if (miss > 0 && vol === lowest) return absent('below_intrinsic')
    if (!(vol < MAX_VOL) || Number.isNaN(miss)) return absent('no_convergence')
    if (miss > 0) high = vol
    else low = vol
    if (high - low < 1e-13) break
    const step = vol - miss / slope
    const next = isInside(step, { low, high, round }) ? step : fallback({ low, high, step, lowest })
    const nextMiss = excess(next)
    slope = (nextMiss - miss) / (next - vol)
    vol = next
    miss = nextMiss
  }
  return absent('no_convergence')
}

/** Below this volatility, one step's growth lies outside the up and down moves of IB's tree. */
function lowestTreeVol({ rateFraction, yieldFraction = 0, years }: UnpricedOption): number {
  return Math.max(MIN_VOL, Math.abs(rateFraction - yieldFraction) * Math.sqrt(years / STEPS) * 1.0001)
}

interface Bracket {
  readonly low: number
  readonly high: number
}

/** Every fourth step is a bisection, so that a kink of the tree cannot stall the search. */
function isInside(step: number, { low, high, round }: Bracket & { round: number }): boolean {
  return round % 4 !== 3 && step > low && step < high
}

/** The end of the range, once, if the secant points beyond it: it shows whether there is a root. Else a bisection. */
function fallback({ low, high, step, lowest }: Bracket & { step: number; lowest: number }): number {
  if (step <= low && low === lowest) return lowest
  if (step >= high && high === MAX_VOL) return MAX_VOL
  // A wide bracket is bisected on a log scale.
  return high > 4 * low ? Math.sqrt(low * high) : (low + high) / 2
}

/** Whether the price depends on volatility. */
function isMeaningful(priceOf: PriceOf, option: PricedOption): boolean {
  const here = priceOf(option)
  const there = priceOf({ ...option, volFraction: option.volFraction + 0.01 })
  return here !== null && there !== null && there - here > MIN_VEGA
}

function absent(reason: VolAbsence): ImpliedVol {
  return { volFraction: null, reason }
}
