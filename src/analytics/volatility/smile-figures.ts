import type { GroupedChain } from '../chain.ts'
import {
  type AbsenceReason,
  absent,
  type Found,
  found,
  type Measured,
  mapFound,
  measured,
} from '../measured.ts'
import { interpolateVol, THIRTY_DAYS } from './constant-maturity.ts'
import { type DeltaVols, deltaVols } from './delta-vols.ts'
import { pairAround } from './expiration-pair.ts'
import { expirationNames } from './volatility-figures.ts'

/** Risk reversals and butterflies at one maturity. */
export interface SmileFigures {
  readonly risk_reversal_25d: Measured<number>
  readonly risk_reversal_10d: Measured<number>
  readonly butterfly_25d: Measured<number>
  readonly butterfly_10d: Measured<number>
}

/** The figures of a tenor. */
export interface TenorFigures extends SmileFigures {
  /** Calendar days. */
  readonly days: number
}

/** The maturities of the answers, calendar days. `market_metrics` has that of 30. */
export const TENOR_DAYS = [7, 14, THIRTY_DAYS, 60] as const

type Wing = '25' | '10'

const NO_WING: Record<Wing, AbsenceReason> = { '25': 'no_25_delta', '10': 'no_10_delta' }

/**
 * Risk reversals and butterflies of a chain at fixed maturities. With σ(x) the volatility at delta x, interpolated in
 * delta within an expiration and then like iv30 to the maturity:
 *
 * risk reversal = σ(call x) − σ(put x); butterfly = (σ(call x) + σ(put x))/2 − σ(50), with σ(50) the mean of the call and
 * the put at a delta of one half.
 *
 * Source of the two: the conventions of currency options, D. Reiswich, U. Wystup, "FX Volatility Smile Construction",
 * 2010. `no_25_delta`, `no_10_delta` or `no_50_delta` if no expiration has the volatilities; `no_bracket` if all that do
 * are on one side of the maturity.
 */
export function tenorFigures(chain: GroupedChain): readonly TenorFigures[] {
  const all = chain.expirations.map(deltaVols)
  return TENOR_DAYS.map((days) => ({
    days,
    risk_reversal_25d: riskReversal(all, { chain, days, wing: '25' }),
    risk_reversal_10d: riskReversal(all, { chain, days, wing: '10' }),
    butterfly_25d: butterfly(all, { chain, days, wing: '25' }),
    butterfly_10d: butterfly(all, { chain, days, wing: '10' }),
  }))
}

/** The figures of 30 days. */
export function smileFigures(tenors: readonly TenorFigures[]): SmileFigures {
  const { days: _, ...figures } = tenors.find(({ days }) => days === THIRTY_DAYS) as TenorFigures
  return figures
}

interface Asked {
  readonly chain: GroupedChain
  readonly days: number
  readonly wing: Wing
}

/** The volatilities of one expiration that a figure needs, in the order in which it takes them. */
type Vols = readonly number[]

function riskReversal(all: readonly DeltaVols[], asked: Asked): Measured<number> {
  const known = all.flatMap((one) => {
    const vols = wingsOf(one, asked.wing)
    return vols ? [{ ...one, vols }] : []
  })
  const value = atMaturity(known, asked, ([put, call]) => (call as number) - (put as number))
  return figure(value, `risk_reversal_${asked.wing}d`, { asked, observations: known.length })
}

function butterfly(all: readonly DeltaVols[], asked: Asked): Measured<number> {
  const winged = all.flatMap((one) => {
    const vols = wingsOf(one, asked.wing)
    return vols ? [{ ...one, vols }] : []
  })
  const known = winged.flatMap((one) =>
    one.middle === null ? [] : [{ ...one, vols: [...one.vols, one.middle] }],
  )
  const value =
    winged.length > 0 && known.length === 0
      ? absent('no_50_delta')
      : atMaturity(
          known,
          asked,
          ([put, call, middle]) => ((put as number) + (call as number)) / 2 - (middle as number),
        )
  return figure(value, `butterfly_${asked.wing}d`, { asked, observations: known.length })
}

function wingsOf({ put25, call25, put10, call10 }: DeltaVols, wing: Wing): Vols | null {
  const [put, call] = wing === '25' ? [put25, call25] : [put10, call10]
  return put === null || call === null ? null : [put, call]
}

interface AtMaturity {
  readonly value: number
  readonly pair: readonly DeltaVols[]
}

/** Each volatility interpolated to the maturity, and what the figure makes of them. */
function atMaturity(
  known: readonly (DeltaVols & { readonly vols: Vols })[],
  { chain, days, wing }: Asked,
  figureOf: (vols: Vols) => number,
): Found<AtMaturity> {
  if (chain.expirations.length === 0) return absent('no_chain')
  if (known.length === 0) return absent(NO_WING[wing])
  const pair = pairAround(known, days)
  if (!pair) return absent('no_bracket')
  const [near, next] = pair
  const vols = near.vols.map((volFraction, at) =>
    interpolateVol(
      { days: near.days, volFraction },
      { days: next.days, volFraction: next.vols[at] as number },
      days,
    ),
  )
  return found({ value: figureOf(vols), pair })
}

function figure(
  value: Found<AtMaturity>,
  definition: string,
  { asked: { chain }, observations }: { readonly asked: Asked; readonly observations: number },
): Measured<number> {
  const nameOf = expirationNames(chain.expirations)
  return measured(
    mapFound(value, (one) => one.value),
    {
      ...{ definition, unit: 'fraction', source: 'chain', window: null, as_of: chain.slot },
      ...{ observations, observations_of: 'expirations' },
      expirations: value.value?.pair.map(({ expiration }) => nameOf(expiration)) ?? null,
    },
  )
}
