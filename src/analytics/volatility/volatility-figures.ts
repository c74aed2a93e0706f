import type { GroupedChain } from '../chain.ts'
import { absent, found, type Measured, mapFound, measured } from '../measured.ts'
import type { TermPoint } from './at-the-money.ts'
import {
  constantForward,
  constantMaturity,
  expectedMove,
  TERM_DAYS,
  THIRTY_DAYS,
  termSlope,
  type VolKind,
} from './constant-maturity.ts'
import { modelFree30 } from './model-free.ts'
import { skew25 } from './skew.ts'

/** At-the-money volatility and the figures derived from it. */
export interface AtTheMoneyFigures {
  readonly underlying_price: Measured<number>
  readonly iv30: Measured<number>
  readonly iv30_ib_model: Measured<number>
  readonly term_slope: Measured<number>
  readonly expected_move: Measured<number>
}

/** Volatility from the whole strip of strikes. */
export interface ModelFreeFigures {
  readonly mfiv30: Measured<number>
  readonly mfiv30_wing_truncated: Measured<boolean>
}

export interface SkewFigures {
  readonly skew_25d: Measured<number>
}

export function atTheMoneyFigures(
  { spot, spotRows, slot, expirations }: GroupedChain,
  terms: readonly TermPoint[],
): AtTheMoneyFigures {
  const at = (days: number, kind: VolKind) => constantMaturity(terms, { days, kind })
  const known = (kind: VolKind) => terms.filter((point) => point[kind].reason === null).length
  const iv30 = at(THIRTY_DAYS, 'own')
  const basis = {
    source: 'chain',
    window: null,
    observations: known('own'),
    observations_of: 'expirations',
    as_of: slot,
  } as const
  // The level of the VIX does not move by the volatility of its options: their forward does.
  const isOnForward = expirations[0]?.pricedOn === 'forward'
  const moving = isOnForward
    ? constantForward(terms)
    : spot === null
      ? absent('no_underlying_price')
      : found(spot)
  const slope = termSlope(at(TERM_DAYS.short, 'own'), at(TERM_DAYS.long, 'own'))
  return {
    underlying_price: measured(spot === null ? absent('no_underlying_price') : found(spot), {
      ...basis,
      definition: 'underlying_price',
      unit: '$',
      source: 'underlying',
      observations: spotRows,
      observations_of: 'contracts',
    }),
    iv30: measured(iv30, { ...basis, definition: 'iv30', unit: 'fraction' }),
    iv30_ib_model: measured(at(THIRTY_DAYS, 'ibModel'), {
      ...basis,
      definition: 'iv30_ib_model',
      unit: 'fraction',
      source: 'ib_model',
      observations: known('ibModel'),
    }),
    term_slope: measured(slope, { ...basis, definition: 'term_slope', unit: 'fraction' }),
    expected_move: measured(moving.reason === null ? expectedMove(moving.value, iv30) : moving, {
      ...basis,
      definition: 'expected_move',
      unit: '$',
    }),
  }
}

export function modelFreeFigures(
  { expirations, slot }: GroupedChain,
  rateFraction: number,
): ModelFreeFigures {
  const strips = modelFree30(expirations, rateFraction)
  const basis = {
    source: 'chain',
    window: null,
    observations: strips.reason === null ? strips.value.near.count + strips.value.next.count : 0,
    observations_of: 'strikes',
    as_of: slot,
  } as const
  return {
    mfiv30: measured(
      mapFound(strips, ({ points }) => points),
      { ...basis, definition: 'mfiv30', unit: 'points' },
    ),
    mfiv30_wing_truncated: measured(
      mapFound(strips, ({ wingTruncated }) => wingTruncated),
      { ...basis, definition: 'mfiv30_wing_truncated', unit: '' },
    ),
  }
}

export function skewFigures({ expirations, slot }: GroupedChain): SkewFigures {
  const wings = skew25(expirations)
  return {
    skew_25d: measured(
      mapFound(wings, ({ skew }) => skew),
      {
        definition: 'skew_25d',
        unit: 'fraction',
        source: 'chain',
        window: null,
        observations: wings.value?.expirations ?? 0,
        observations_of: 'expirations',
        as_of: slot,
      },
    ),
  }
}
