import type { SessionDate } from '../../market/units.ts'
import type { GroupedChain } from '../chain.ts'
import { absent, type Found, found, type Measured, mapFound, measured } from '../measured.ts'
import type { TermPoint } from '../volatility/at-the-money.ts'
import { DEALER_ASSUMPTION, type OpenExpiration, openExpirations, totalExposure } from './gamma-exposure.ts'
import { flipOf, gammaProfile, type ProfilePoint } from './gamma-profile.ts'

/** Where dealers would have to sell or buy, from the open interest. */
export interface PositioningFigures {
  readonly gamma_exposure: Measured<number>
  readonly gamma_flip: Measured<number>
}

/** The gamma exposure of a chain: its parts, its profile and its figures. */
export interface GammaPositioning {
  readonly open: readonly OpenExpiration[]
  readonly profile: readonly ProfilePoint[]
  readonly figures: PositioningFigures
}

interface PositioningInput {
  readonly terms: readonly TermPoint[]
  readonly rateFraction: number
  /** The session of the open interest; null without rows. */
  readonly oiDate: SessionDate | null
}

/**
 * Gamma exposure and the price at which it changes sign, under `DEALER_ASSUMPTION`. `no_open_interest` if no contract has
 * any, `no_gamma` if none of those has a gamma, `no_underlying_price` without a price; `several_forwards` for the flip of
 * options on the VIX: no one price moves them.
 */
export function gammaPositioning(
  chain: GroupedChain,
  { terms, rateFraction, oiDate }: PositioningInput,
): GammaPositioning {
  const open = openExpirations(chain, terms)
  const observations = open.reduce((sum, { contracts }) => sum + contracts.length, 0)
  const exposure = exposureOf(chain, open)
  const moving = exposure.reason === null ? movingPrice(chain) : exposure
  const profile = moving.reason === null ? gammaProfile(open, rateFraction) : []
  const flip = moving.reason === null ? flipPrice(moving.value, profile) : moving
  const basis = {
    source: 'chain',
    window: null,
    observations,
    observations_of: 'contracts',
    as_of: chain.slot,
    assumption: DEALER_ASSUMPTION,
    oi_date: oiDate,
  } as const
  return {
    open,
    profile,
    figures: {
      gamma_exposure: measured(exposure, { ...basis, definition: 'gamma_exposure', unit: '$ per 1 %' }),
      gamma_flip: measured(flip, { ...basis, definition: 'gamma_flip', unit: '$' }),
    },
  }
}

function exposureOf(chain: GroupedChain, open: readonly OpenExpiration[]): Found<number> {
  if (chain.expirations.length === 0) return absent('no_chain')
  if (!chain.rows.some(({ open_interest: count }) => count !== null && count > 0)) {
    return absent('no_open_interest')
  }
  if (open.length === 0) return absent('no_underlying_price')
  const isKnown = open.some(({ contracts }) => contracts.some(({ openInterest }) => openInterest > 0))
  return isKnown ? found(totalExposure(open)) : absent('no_gamma')
}

/** The one price that moves all options of the chain; those on forwards have none. */
function movingPrice({ spot, expirations }: GroupedChain): Found<number> {
  if (expirations[0]?.pricedOn === 'forward') return absent('several_forwards')
  return spot === null ? absent('no_underlying_price') : found(spot)
}

function flipPrice(price: number, profile: readonly ProfilePoint[]): Found<number> {
  return mapFound(flipOf(profile), (move) => price * (1 + move))
}
