import { INVERSE_ROOT_2_PI } from '../../market/pricing/normal.ts'
import { rowVol, yearsOf } from '../chain.ts'
import { absent, type Found, found } from '../measured.ts'
import { MOVE, multiplierOf, type OpenExpiration, signOf } from './gamma-exposure.ts'

/** The gamma exposure of a chain if the underlying were elsewhere. */
export interface ProfilePoint {
  /** Price of the underlying as a share of today's, less 1. */
  readonly move: number
  /** Dollars for 1 %. */
  readonly exposure: number
}

/** The widest move of the profile, a share of the price. */
export const WIDEST_MOVE = 0.15
/** Between two points of the profile. */
const STEP = 0.0025
const STEPS = Math.round(WIDEST_MOVE / STEP)

/**
 * The exposure over moves of −15 % to 15 % in steps of 0.25 %. Each contract is priced again by Black-Scholes at its own
 * volatility, which stays with its strike, at the same time. The forward moves with the price, dividends stay as they are;
 * futures and forwards all move by the same share. Contracts without a volatility are left out.
 */
export function gammaProfile(open: readonly OpenExpiration[], rateFraction: number): ProfilePoint[] {
  const moves = Array.from({ length: 2 * STEPS + 1 }, (_, at) => (at - STEPS) * STEP)
  const sums = new Float64Array(moves.length)
  for (const one of open) addExpiration(sums, one, { moves, rateFraction })
  return moves.map((move, at) => ({ move, exposure: sums[at] as number }))
}

function addExpiration(
  sums: Float64Array,
  { expiration, term, price, contracts }: OpenExpiration,
  { moves, rateFraction }: { readonly moves: readonly number[]; readonly rateFraction: number },
): void {
  const years = yearsOf(expiration)
  const growth = expiration.pricedOn === 'spot' ? Math.exp(rateFraction * years) : 1
  const discount = Math.exp(-rateFraction * years)
  const forward = term.forward.value?.forward ?? price * growth
  // Of a move: the logarithm of the forward, and what one over the volatility times the density is worth.
  const logs = new Float64Array(moves.length)
  const scales = new Float64Array(moves.length)
  for (const [at, move] of moves.entries()) {
    const moved = expiration.pricedOn === 'spot' ? forward + price * move * growth : forward * (1 + move)
    logs[at] = Math.log(moved)
    const gammaScale = (discount * growth * growth * INVERSE_ROOT_2_PI) / moved
    scales[at] = moved > 0 ? gammaScale * (price * (1 + move)) ** 2 * MOVE : 0
  }
  for (const { row, openInterest } of contracts) {
    const spread = (rowVol(row) ?? 0) * Math.sqrt(years)
    if (!(spread > 0) || openInterest === 0) continue
    const weight = (signOf(row) * multiplierOf(row) * openInterest) / spread
    const logStrike = Math.log(row.strike)
    for (let at = 0; at < moves.length; at++) {
      const d1 = ((logs[at] as number) - logStrike) / spread + spread / 2
      if (!(Math.abs(d1) < 8)) continue
      sums[at] = (sums[at] as number) + weight * (scales[at] as number) * Math.exp((-d1 * d1) / 2)
    }
  }
}

/**
 * The move at which the exposure changes sign, linear between two points; of several the one nearest to today's price.
 * `no_sign_change` if there is none within 15 %.
 */
export function flipOf(profile: readonly ProfilePoint[]): Found<number> {
  let nearest: number | null = null
  for (let at = 1; at < profile.length; at++) {
    const [low, high] = [profile[at - 1] as ProfilePoint, profile[at] as ProfilePoint]
    const changes = low.exposure < 0 !== high.exposure < 0 && low.exposure !== high.exposure
    if (!changes) continue
    const share = low.exposure / (low.exposure - high.exposure)
    const move = low.move + share * (high.move - low.move)
    if (nearest === null || Math.abs(move) < Math.abs(nearest)) nearest = move
  }
  return nearest === null ? absent('no_sign_change') : found(nearest)
}
