import type { DIVIDEND_SOURCES } from '../../snapshot/figures/figure-basis-columns.ts'
import type { Expiration, GroupedChain } from '../chain.ts'
import { absent, type Found, found, type Measured, mapFound, measured } from '../measured.ts'
import { earlyExerciseOf } from '../surface/quotes/early-exercise.ts'
import type { TermPoint } from './at-the-money.ts'
import {
  constantForward,
  constantMaturity,
  expectedMove,
  THIRTY_DAYS,
  termSlope,
  type VolAtMaturity,
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
  /** Where the dividends before the expirations of iv30 come from. */
  readonly dividend_source: Measured<(typeof DIVIDEND_SOURCES)[number]>
}

/** Volatility from the whole strip of strikes. */
export interface ModelFreeFigures {
  readonly mfiv30: Measured<number>
  readonly mfiv30_wing_truncated: Measured<boolean>
  /** Estimate of what strikes beyond the collected ones would add, points. */
  readonly mfiv30_missing_points: Measured<number>
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
  const nameOf = expirationNames(expirations)
  const named = ({ value }: Found<VolAtMaturity>) => value?.pair.map(nameOf) ?? null
  const own = at(THIRTY_DAYS, 'own')
  const model = at(THIRTY_DAYS, 'ibModel')
  const iv30 = mapFound(own, ({ vol }) => vol)
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
  const slope = termSlope(terms)
  return {
    underlying_price: measured(spot === null ? absent('no_underlying_price') : found(spot), {
      ...basis,
      definition: 'underlying_price',
      unit: '$',
      source: 'underlying',
      observations: spotRows,
      observations_of: 'contracts',
    }),
    iv30: measured(iv30, { ...basis, definition: 'iv30', unit: 'fraction', expirations: named(own) }),
    iv30_ib_model: measured(
      mapFound(model, ({ vol }) => vol),
      {
        ...basis,
        expirations: named(model),
        definition: 'iv30_ib_model',
        unit: 'fraction',
        source: 'ib_model',
        observations: known('ibModel'),
      },
    ),
    term_slope: measured(
      mapFound(slope, (one) => one.slope),
      {
        ...basis,
        definition: 'term_slope',
        unit: 'fraction',
        expirations: slope.value?.expirations.map(nameOf) ?? null,
      },
    ),
    expected_move: measured(moving.reason === null ? expectedMove(moving.value, iv30) : moving, {
      ...basis,
      definition: 'expected_move',
      unit: '$',
      expirations: named(own),
    }),
    dividend_source: measured(
      mapFound(own, ({ pair }) => dividendSourceOf(pair)),
      {
        ...basis,
        definition: 'dividend_source',
        unit: '',
        observations: own.value === null ? 0 : own.value.pair.length,
        expirations: named(own),
      },
    ),
  }
}

function dividendSourceOf(pair: readonly TermPoint[]): (typeof DIVIDEND_SOURCES)[number] {
  const [first = 'none', ...others] = pair.map(({ forward }) => forward.value?.dividendSource ?? 'none')
  return others.every((one) => one === first) ? first : 'mixed'
}

export function modelFreeFigures(
  { expirations, slot }: GroupedChain,
  terms: readonly TermPoint[],
  rateFraction: number,
): ModelFreeFigures {
  const candidates = expirations.map((one, at) => {
    const { forward } = terms[at] as TermPoint
    if (forward.reason !== null) return { ...one, forward }
    return { ...one, forward, earlyExercise: earlyExerciseOf(one, forward.value, rateFraction) }
  })
  const strips = modelFree30(candidates, rateFraction)
  const nameOf = expirationNames(expirations)
  const basis = {
    source: 'chain',
    window: null,
    observations: strips.reason === null ? strips.value.near.count + strips.value.next.count : 0,
    observations_of: 'strikes',
    as_of: slot,
    expirations: strips.value?.pair.map(nameOf) ?? null,
  } as const
  const missing =
    strips.reason === null
      ? strips.value.missingPoints === null
        ? absent('unknown_wing')
        : found(strips.value.missingPoints)
      : strips
  return {
    mfiv30: measured(
      mapFound(strips, ({ points }) => points),
      { ...basis, definition: 'mfiv30', unit: 'points' },
    ),
    mfiv30_wing_truncated: measured(
      mapFound(strips, ({ wingTruncated }) => wingTruncated),
      { ...basis, definition: 'mfiv30_wing_truncated', unit: '' },
    ),
    mfiv30_missing_points: measured(missing, {
      ...basis,
      definition: 'mfiv30_missing_points',
      unit: 'points',
    }),
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
        expirations: wings.value?.pair.map(expirationNames(expirations)) ?? null,
      },
    ),
  }
}

/** Names expirations as figures do: `20261218`, or `20261218 SPXW` where the chain has several classes. */
export function expirationNames(expirations: readonly Named[]): (one: Named) => string {
  const hasClasses = new Set(expirations.map(({ tradingClass }) => tradingClass)).size > 1
  return ({ expiry, tradingClass }) => (hasClasses ? `${expiry} ${tradingClass}` : expiry)
}

type Named = Pick<Expiration, 'expiry' | 'tradingClass'>
