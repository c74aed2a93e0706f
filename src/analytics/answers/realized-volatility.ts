import type { Lake } from '../../lake/open.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../lake/tables/small-tables.ts'
import { newYorkDate } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import { type AnalyticsOptions, analyticsOptions, carryOf, tradingTimeWeights } from '../options.ts'
import type { Estimator } from '../realized/estimators.ts'
import { type MarketData, marketData } from '../stored/reader.ts'
import { daysUpTo } from './iv-answer.ts'
import { DEFAULT_ESTIMATOR, type RealizedAnswer, realizedAnswer, realizedDates } from './realized-answer.ts'

/** Calendar days on which windows of the cone end, by default. */
export const REALIZED_DAYS = 365

export interface RealizedQuestion {
  /** The newest slot at or before this time; by default the newest of all. */
  readonly at?: EpochMs | undefined
  /** Calendar days before the slot's date on which the windows of the cone end; by default 365. */
  readonly days?: number
  /** The estimator of the cone; by default `yang_zhang`. */
  readonly estimator?: Estimator
  /** The section `analytics` of a configuration; by default its defaults. */
  readonly options?: AnalyticsOptions
}

/**
 * Realized volatility of a symbol before a slot over 5, 10, 20 and 60 sessions by four estimators, and its cone over up to
 * 120 sessions with the implied volatility over the same time. A symbol without a slot has the sessions before today.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function realizedVolatility(
  lake: Lake,
  symbol: string,
  question: RealizedQuestion = {},
): Promise<RealizedAnswer> {
  const { at, options = analyticsOptions.parse({}) } = question
  const carry = carryOf(options, symbol)
  const data = await marketData(lake, symbol, { carry, ...(at !== undefined && { at }) })
  return realizedOf(lake, symbol, data, { ...question, options, now: at ?? lake.clock.now() })
}

/** The same for a slot whose figures are known. */
export async function realizedOf(
  lake: Lake,
  symbol: string,
  data: MarketData | null,
  {
    days = REALIZED_DAYS,
    estimator = DEFAULT_ESTIMATOR,
    options,
    now,
  }: Omit<RealizedQuestion, 'at'> & { readonly options: AnalyticsOptions; readonly now: EpochMs },
): Promise<RealizedAnswer> {
  const range = daysUpTo(data?.date ?? newYorkDate(now), days)
  const observed = await readRows(lake, DAILY_OBSERVATIONS, { symbol, ...realizedDates(range) })
  const weights = tradingTimeWeights(options, symbol)
  return realizedAnswer(data, observed, { symbol, now, ...range, estimator, weights })
}
