import type { Settlement } from '../../market/option-hours.ts'
import type { EpochMs } from '../../market/units.ts'
import { type Expiration, freshMidOf, type GroupedChain } from '../chain.ts'
import { absent, type Found, found, type Measured, mapFound, measured } from '../measured.ts'
import type { TermPoint } from './at-the-money.ts'
import { expectedMove, THIRTY_DAYS } from './constant-maturity.ts'
import { pairAround } from './expiration-pair.ts'
import { expirationNames } from './volatility-figures.ts'

/** How far one expiration's options expect the underlying to move until it ends, dollars. */
export interface ExpirationMove {
  /** One standard deviation by the volatility at the money: S·σ·√T. */
  readonly byVol: Found<number>
  /** The price of the straddle at the money. */
  readonly straddle: Found<Straddle>
}

export interface Straddle {
  /** Call and put mid, dollars. */
  readonly price: number
  readonly strike: number
}

export interface StraddleFigures {
  readonly expected_move_straddle: Measured<number>
}

/** The expected moves of each expiration, in the order of the chain and its terms. */
export function expirationMoves(
  { expirations, spot }: GroupedChain,
  terms: readonly TermPoint[],
): readonly ExpirationMove[] {
  return expirations.map((expiration, at) => {
    const term = terms[at] as TermPoint
    const price = expiration.spot ?? term.forward.value?.forward ?? spot ?? 0
    return {
      byVol: expectedMove(price, term.own, term.days),
      straddle: straddleOf(expiration, term),
    }
  })
}

/**
 * The straddle at the strike where call and put are closest in price, which is the listed one nearest to the forward. If
 * the underlying is normally distributed at expiry, the price of the straddle is its mean absolute move from the strike,
 * √(2/π) = 0.798 of the standard deviation S·σ·√T. Strikes far apart make it dearer: a straddle half a standard deviation
 * from the forward costs 12 % more. Source: M. Brenner, M. Subrahmanyam, "A Simple Formula to Compute the Implied
 * Standard Deviation", Financial Analysts Journal 44 (1988). `no_parity_pair` if no strike has both quotes.
 */
function straddleOf({ strikes }: Expiration, { forward }: TermPoint): Found<Straddle> {
  if (forward.reason !== null) return forward
  const { pivot } = forward.value
  const pair = strikes.find(({ strike }) => strike === pivot)
  const call = freshMidOf(pair?.call ?? null)
  const put = freshMidOf(pair?.put ?? null)
  return call === null || put === null
    ? absent('no_parity_pair')
    : found({ price: call + put, strike: pivot })
}

interface Priced {
  readonly term: TermPoint
  readonly days: number
  readonly expiresAt: EpochMs
  readonly settlement: Settlement
  readonly price: number
}

/**
 * The straddle's price at 30 days, dollars. As it grows with the root of total variance, its square is interpolated
 * linearly in time between the two expirations of `pairAround`.
 */
export function straddleFigures(
  { expirations, slot }: GroupedChain,
  { terms, moves }: { readonly terms: readonly TermPoint[]; readonly moves: readonly ExpirationMove[] },
): StraddleFigures {
  const known = terms.flatMap((term, at): Priced[] => {
    const price = moves[at]?.straddle.value?.price
    const { days, expiresAt, settlement } = term
    return price === undefined ? [] : [{ term, days, expiresAt, settlement, price }]
  })
  const pair = pairAround(known, THIRTY_DAYS)
  const value: Found<number> = pair
    ? found(atThirtyDays(...pair))
    : absent(expirations.length === 0 ? 'no_chain' : known.length === 0 ? 'no_parity_pair' : 'no_bracket')
  const nameOf = expirationNames(expirations)
  return {
    expected_move_straddle: measured(
      mapFound(value, (price) => price),
      {
        ...{ definition: 'expected_move_straddle', unit: '$', source: 'chain', window: null, as_of: slot },
        ...{ observations: known.length, observations_of: 'expirations' },
        expirations: pair?.map(({ term }) => nameOf(term)) ?? null,
      },
    ),
  }
}

function atThirtyDays(near: Priced, next: Priced): number {
  const share = (THIRTY_DAYS - near.days) / (next.days - near.days)
  return Math.sqrt(near.price ** 2 * (1 - share) + next.price ** 2 * share)
}
