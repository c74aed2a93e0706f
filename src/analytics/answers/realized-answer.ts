import { newYorkDate, sessionsBetween } from '../../market/calendar.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import { sessionsOf } from '../figure-session.ts'
import { absent, type GivenBasis, type Measured, measured } from '../measured.ts'
import { historyStart } from '../ranks/rank.ts'
import { CONE_WINDOWS, type ConeQuantiles, volatilityCone } from '../realized/cone.ts'
import { ESTIMATORS, type Estimator, rogersSatchellVariance } from '../realized/estimators.ts'
import { impliedOver } from '../realized/implied-term.ts'
import { realizedFigure } from '../realized/realized-figures.ts'
import { type DailyPriceSource, type RealizedHistory, realizedHistory } from '../realized/realized-history.ts'
import { REALIZED_WINDOWS } from '../realized/realized-vol.ts'
import type { MarketData } from '../stored/reader.ts'
import { createTradingClock, type TradingTimeWeights } from '../trading-time.ts'
import type { DateRange } from './iv-answer.ts'
import { type AnswerOptions, emptyMetrics, type FigureAnswer, figureAnswer } from './market-answer.ts'

/** Realized volatility over one window. */
export type RealizedWindow = { readonly window: number } & Readonly<Record<Estimator, FigureAnswer>>

/** The cone of one window, with the implied volatility over as many trading days from the slot on. */
export interface ConeAnswer extends Readonly<Record<keyof ConeQuantiles, number | null>> {
  /** Sessions. */
  readonly window: number
  readonly current: number | null
  /** At-the-money volatility from the slot on, a fraction; null without expirations on both sides. */
  readonly iv: number | null
  /** Why `iv` is null: no expirations with a volatility on both sides, or no slot. */
  readonly iv_reason: 'no_bracket' | 'no_chain' | null
  /** Windows that the quantiles are over. */
  readonly windows: number
  /** Why there are no quantiles. */
  readonly reason: 'too_few_sessions' | null
}

/** A symbol's realized volatility before a slot, beside the implied. All volatilities are fractions a year. */
export interface RealizedAnswer {
  readonly symbol: string
  /** Null if the symbol has no slot. */
  readonly slot: string | null
  /** Sessions before this one are used. */
  readonly date: SessionDate
  /** Where daily prices come from; five-minute returns are always of `bars`. */
  readonly price_source: DailyPriceSource
  readonly windows: readonly RealizedWindow[]
  readonly today: FigureAnswer
  readonly iv30: FigureAnswer
  readonly variance_risk_premium: FigureAnswer
  readonly volatility_spread: FigureAnswer
  /** The share of the nights in the variance of the last 60 sessions, a fraction; see `analytics.overnightFraction`. */
  readonly overnight_share: FigureAnswer
  /** The estimator of the cone. */
  readonly estimator: Estimator
  /** First and last date on which a window of the cone may end. */
  readonly from: SessionDate
  readonly to: SessionDate
  readonly cone: readonly ConeAnswer[]
}

export const DEFAULT_ESTIMATOR: Estimator = 'yang_zhang'
const LONGEST_CONE_WINDOW = CONE_WINDOWS[CONE_WINDOWS.length - 1] as number
/** The session before the first is needed for its first return. */
const RETURN_SESSIONS = 1
const SHARE_WINDOW = 60
const LEAST_SHARE_SESSIONS = 45

/** The name of an estimator as a user may write it: with underscores or hyphens. Null for anything else. */
export function estimatorNamed(text: string): Estimator | null {
  const name = text.replaceAll('-', '_')
  return ESTIMATORS.find((one) => one === name) ?? null
}

/** The dates of the observations that an answer over a range needs. */
export function realizedDates({ from, to }: DateRange): DateRange {
  return { from: historyStart(from, LONGEST_CONE_WINDOW + RETURN_SESSIONS), to }
}

/** Pure. `observed`: the observations of `realizedDates`, of all sources. */
export function realizedAnswer(
  data: MarketData | null,
  observed: readonly ObservationRow[],
  {
    symbol,
    now,
    from,
    to,
    estimator,
    weights,
  }: Omit<AnswerOptions, 'defaults'> &
    DateRange & { readonly estimator: Estimator; readonly weights: TradingTimeWeights },
): RealizedAnswer {
  const date = data?.date ?? newYorkDate(now)
  const slot = data?.slot ?? now
  const dates = realizedDates({ from, to })
  const sessions = sessionsBetween(dates.from, date).map((session) => session.date)
  const sessionOn = sessionsOf({ symbol })
  const history = realizedHistory(observed, { symbol, before: date, sessions, sessionOn })
  const figures = data?.figures ?? emptyMetrics().figures
  const answer = (figure: Measured<number>) => figureAnswer(figure, now)
  return {
    ...{ symbol, slot: data ? new Date(data.slot).toISOString() : null, date },
    price_source: history.source,
    windows: REALIZED_WINDOWS.map((window) => windowAnswer(history, { window, slot, now })),
    today: answer(figures.realized_vol_today),
    iv30: answer(figures.iv30),
    variance_risk_premium: answer(figures.variance_risk_premium),
    volatility_spread: answer(figures.volatility_spread),
    overnight_share: answer(overnightShare(history, slot)),
    ...{ estimator, from, to },
    cone: coneAnswer(history, { data, from, estimator, weights }),
  }
}

function windowAnswer(
  history: RealizedHistory,
  { window, slot, now }: { readonly window: number; readonly slot: EpochMs; readonly now: EpochMs },
): RealizedWindow {
  const entries = ESTIMATORS.map((estimator) => [
    estimator,
    figureAnswer(realizedFigure(history, { estimator, window, slot }), now),
  ])
  return { window, ...(Object.fromEntries(entries) as Record<Estimator, FigureAnswer>) }
}

/** The squared returns of the nights over them and the variance of the sessions, by Rogers and Satchell. */
function overnightShare({ sessions, daily, source }: RealizedHistory, slot: EpochMs): Measured<number> {
  const days = sessions.slice(-SHARE_WINDOW).flatMap((date) => {
    const { overnight = null, session = null } = daily.get(date) ?? {}
    return overnight === null || session === null ? [] : [{ overnight, session }]
  })
  const basis: GivenBasis = {
    ...{ definition: 'overnight_share', unit: 'fraction', source, window: SHARE_WINDOW },
    ...{ observations: days.length, observations_of: 'sessions', as_of: slot },
  }
  const session = rogersSatchellVariance(days.map((day) => day.session))
  const night = days.reduce((sum, { overnight }) => sum + overnight ** 2, 0) / days.length
  if (days.length < LEAST_SHARE_SESSIONS || session === null || !(night + session > 0)) {
    return measured<number>(absent('too_few_sessions'), basis)
  }
  return measured<number>({ value: night / (night + session), reason: null }, basis)
}

const NO_QUANTILES = { min: null, p10: null, p25: null, p50: null, p75: null, p90: null, max: null }

function coneAnswer(
  history: RealizedHistory,
  {
    data,
    from,
    estimator,
    weights,
  }: {
    readonly data: MarketData | null
    readonly from: SessionDate
    readonly estimator: Estimator
    readonly weights: TradingTimeWeights
  },
): ConeAnswer[] {
  const returns = estimator === 'five_minute' ? history.bars : history.daily
  const clock = createTradingClock(weights)
  const cone = volatilityCone(returns, { sessions: history.sessions, from, estimator })
  return cone.map(({ window, quantiles, current, windows }) => {
    const iv = data && impliedOver(window, { terms: data.terms, slot: data.slot, clock })
    return {
      window,
      ...(quantiles ?? NO_QUANTILES),
      current,
      iv,
      iv_reason: iv !== null ? null : data ? 'no_bracket' : 'no_chain',
      windows,
      reason: quantiles === null ? 'too_few_sessions' : null,
    }
  })
}
