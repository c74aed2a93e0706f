import { DEALER_ASSUMPTION } from '../positioning/gamma-exposure.ts'
import type {
  ListedExpiration,
  Positioning,
  PositioningReportFigures,
  PositioningSums,
} from '../positioning/positioning.ts'
import { type FigureAnswer, figureAnswer } from './market-answer.ts'

/** Numbers of some strikes or expirations, column by column; null where they are unknown for all its contracts. */
export interface PositioningColumns {
  /** Contracts. */
  readonly call_oi: readonly (number | null)[]
  readonly put_oi: readonly (number | null)[]
  /** Against the session before, contracts. */
  readonly call_change: readonly (number | null)[]
  readonly put_change: readonly (number | null)[]
  /** Whole dollars for a move of 1 %: positive of calls, negative of puts. */
  readonly call_exposure: readonly (number | null)[]
  readonly put_exposure: readonly (number | null)[]
}

/** An expiration of the slot. */
export interface PositioningExpiration {
  /** Last trading day, YYYYMMDD. */
  readonly expiry: string
  /** Null where the rows do not say. */
  readonly trading_class: string | null
  /** Calendar days. */
  readonly days: number
  /** The strike at which the holders of its options would get least, dollars. */
  readonly max_pain: number | null
  readonly max_pain_reason: string | null
}

/** A figure as JSON without its age, which would make each answer of one slot another. */
export type AgelessFigure = Omit<FigureAnswer, 'age_seconds'>

/** Open interest and gamma exposure of a slot by strike, in columns and rounded to what a chart shows. */
export interface PositioningByStrike {
  readonly symbol: string
  /** Null if the symbol has no slot with options. */
  readonly slot: string | null
  readonly date: string | null
  /** Price of the underlying. */
  readonly price: number | null
  /** The sign rule of every exposure. */
  readonly assumption: string
  /** The session at whose end the open interest was counted. */
  readonly oi_date: string | null
  /** The session of the open interest that changes are against; null where it is not stored. */
  readonly oi_date_before: string | null
  readonly figures: Readonly<Record<keyof PositioningReportFigures, AgelessFigure>> | null
  /** All expirations of the slot, whichever is asked for. */
  readonly listed: readonly Omit<PositioningExpiration, 'max_pain' | 'max_pain_reason'>[]
  /** Those asked for. */
  readonly expirations: readonly PositioningExpiration[]
  readonly by_expiration: PositioningColumns
  /** Ascending. */
  readonly strikes: readonly number[]
  readonly by_strike: PositioningColumns
  /** The exposure of all of them if the underlying were elsewhere: prices, and whole dollars for 1 %. */
  readonly profile: { readonly prices: readonly number[]; readonly exposures: readonly number[] }
}

/** The positioning of a slot, of all its expirations or of one, for a chart. Pure. */
export function positioningByStrike(data: Positioning | null, symbol: string): PositioningByStrike {
  if (data === null) {
    return {
      ...{ symbol, slot: null, date: null, price: null, assumption: DEALER_ASSUMPTION },
      ...{ oi_date: null, oi_date_before: null, figures: null, listed: [], expirations: [], strikes: [] },
      ...{ by_expiration: columnsOf([]), by_strike: columnsOf([]), profile: { prices: [], exposures: [] } },
    }
  }
  const { slot, date, underlyingPrice: price, oiDate, oiDateBefore, expirations, strikes, profile } = data
  const figures = Object.entries(data.figures).map(([name, one]) => [name, ageless(figureAnswer(one, slot))])
  return {
    ...{ symbol, slot: new Date(slot).toISOString(), date, price, assumption: DEALER_ASSUMPTION },
    ...{ oi_date: oiDate, oi_date_before: oiDateBefore },
    figures: Object.fromEntries(figures) as NonNullable<PositioningByStrike['figures']>,
    listed: data.listed.map(named),
    expirations: expirations.map((one) => ({
      ...named(one),
      ...{ max_pain: one.maxPain.value?.strike ?? null, max_pain_reason: one.maxPain.reason },
    })),
    by_expiration: columnsOf(expirations),
    strikes: strikes.map(({ strike }) => strike),
    by_strike: columnsOf(strikes),
    profile: {
      prices: price === null ? [] : profile.map(({ move }) => Math.round(price * (1 + move) * 100) / 100),
      exposures: price === null ? [] : profile.map(({ exposure }) => Math.round(exposure)),
    },
  }
}

function ageless({ age_seconds: _, ...figure }: FigureAnswer): AgelessFigure {
  return figure
}

function named({ expiry, tradingClass, days }: ListedExpiration) {
  return { expiry, trading_class: tradingClass || null, days }
}

function columnsOf(rows: readonly PositioningSums[]): PositioningColumns {
  const whole = (value: number | null) => (value === null ? null : Math.round(value))
  return {
    call_oi: rows.map((row) => row.callOpenInterest),
    put_oi: rows.map((row) => row.putOpenInterest),
    call_change: rows.map((row) => row.callChange),
    put_change: rows.map((row) => row.putChange),
    call_exposure: rows.map((row) => whole(row.callExposure)),
    put_exposure: rows.map((row) => whole(row.putExposure)),
  }
}
