import type { EpochMs } from '../../market/units.ts'
import type { AbsenceReason } from '../measured.ts'
import { DEALER_ASSUMPTION } from '../positioning/gamma-exposure.ts'
import type { Positioning, PositioningReportFigures, PositioningSums } from '../positioning/positioning.ts'
import { type FigureAnswer, figureAnswer } from './market-answer.ts'

/** Open interest and gamma exposure of some contracts, as JSON; null where it is unknown for all of them. */
interface SumsAnswer {
  readonly call_open_interest: number | null
  readonly put_open_interest: number | null
  /** Contracts opened less contracts closed since the session before. */
  readonly call_oi_change: number | null
  readonly put_oi_change: number | null
  /** Dollars for a move of 1 %. */
  readonly call_gamma_exposure: number | null
  readonly put_gamma_exposure: number | null
  readonly gamma_exposure: number | null
}

/** The positioning of a symbol's slot as the command line and HTTP return it. */
export interface PositioningAnswer {
  readonly symbol: string
  /** Null if the symbol has no slot with options; everything else is then null or empty. */
  readonly slot: string | null
  readonly date: string | null
  readonly age_seconds: number | null
  readonly underlying_price: number | null
  /** The sign rule of every exposure. */
  readonly assumption: string
  /** The session at whose end the open interest was counted. */
  readonly oi_date: string | null
  /** The session of the open interest that changes are against; null where it is not stored. */
  readonly oi_date_before: string | null
  readonly figures: Readonly<Record<keyof PositioningReportFigures, FigureAnswer>> | null
  readonly expirations: readonly (SumsAnswer & {
    readonly expiry: string
    readonly trading_class: string | null
    readonly settlement: string
    readonly days: number
    readonly max_pain: number | null
    /** What the holders of all its options would get there, dollars. */
    readonly max_pain_payout: number | null
    readonly max_pain_reason: AbsenceReason | null
  })[]
  readonly strikes: readonly (SumsAnswer & { readonly strike: number })[]
  /** The total exposure at other prices of the underlying. */
  readonly profile: readonly { readonly price: number; readonly gamma_exposure: number }[]
}

export function positioningAnswer(
  data: Positioning | null,
  { symbol, now }: { readonly symbol: string; readonly now: EpochMs },
): PositioningAnswer {
  if (data === null) {
    return {
      ...{ symbol, slot: null, date: null, age_seconds: null, underlying_price: null },
      ...{ assumption: DEALER_ASSUMPTION, oi_date: null, oi_date_before: null },
      ...{ figures: null, expirations: [], strikes: [], profile: [] },
    }
  }
  const { slot, date, underlyingPrice, oiDate, oiDateBefore } = data
  const figures = Object.entries(data.figures).map(([name, one]) => [name, figureAnswer(one, now)])
  return {
    ...{ symbol, slot: new Date(slot).toISOString(), date, underlying_price: underlyingPrice },
    age_seconds: Math.max(0, (now - slot) / 1_000),
    ...{ assumption: DEALER_ASSUMPTION, oi_date: oiDate, oi_date_before: oiDateBefore },
    figures: Object.fromEntries(figures) as NonNullable<PositioningAnswer['figures']>,
    expirations: data.expirations.map((one) => ({
      ...{ expiry: one.expiry, trading_class: one.tradingClass || null, settlement: one.settlement },
      days: one.days,
      max_pain: one.maxPain.value?.strike ?? null,
      max_pain_payout: one.maxPain.value?.payout ?? null,
      max_pain_reason: one.maxPain.reason,
      ...sumsAnswer(one),
    })),
    strikes: data.strikes.map((one) => ({ strike: one.strike, ...sumsAnswer(one) })),
    profile:
      underlyingPrice === null
        ? []
        : data.profile.map(({ move, exposure }) => ({
            price: underlyingPrice * (1 + move),
            gamma_exposure: exposure,
          })),
  }
}

function sumsAnswer(sums: PositioningSums): SumsAnswer {
  return {
    call_open_interest: sums.callOpenInterest,
    put_open_interest: sums.putOpenInterest,
    call_oi_change: sums.callChange,
    put_oi_change: sums.putChange,
    call_gamma_exposure: sums.callExposure,
    put_gamma_exposure: sums.putExposure,
    gamma_exposure: sums.exposure,
  }
}
