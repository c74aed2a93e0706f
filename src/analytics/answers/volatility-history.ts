import type { SessionOn } from '../../market/trade-dates.ts'
import { type SessionDate, sessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import { DEFINITION_VERSION, isOfThisVersion } from '../../snapshot/definition-version.ts'
import { historyStart, MIN_OBSERVATIONS, observedIn } from '../ranks/rank.ts'
import type { Estimator } from '../realized/estimators.ts'
import { type DailyPriceSource, type RealizedHistory, realizedHistory } from '../realized/realized-history.ts'
import { REALIZED_WINDOW, realizedVol } from '../realized/realized-vol.ts'
import { observationOf, sessionDates } from '../stored/reader.ts'
import type { DateRange } from './iv-answer.ts'

/** Lengths of the history, sessions: the windows of the ranks, so that the chart shows what a rank is a place in. */
export const HISTORY_WINDOWS = [60, 126, 252] as const
export type HistoryWindow = (typeof HISTORY_WINDOWS)[number]

/** Sessions before the first of the history: those of its realized volatility, and one more for the first return. */
const SESSIONS_BEFORE = REALIZED_WINDOW + 1

export type IvSource = 'chain' | 'ib_index'

/** Lowest and highest value of the sessions that a rank counts. */
export interface VolatilityBand {
  /** A fraction a year; null with fewer than 20 observations. */
  readonly low: number | null
  readonly high: number | null
  readonly low_date: SessionDate | null
  readonly high_date: SessionDate | null
  readonly observations: number
  readonly reason: 'too_few_observations' | null
}

/** A year or less of daily volatility before a date, column by column; null where a session has no value. */
export interface VolatilityHistory {
  readonly symbol: string
  /** The session after the last one of the history. */
  readonly date: SessionDate
  /** Sessions of the history, and of the band. */
  readonly window: HistoryWindow
  /** chain: our own iv30. ib_index: the gateway's daily volatility of the underlying. */
  readonly iv_source: IvSource
  /** index: closing levels. chain: levels received in the last cycles of the session. Null without any. */
  readonly vix_source: 'index' | 'chain' | null
  readonly realized_source: DailyPriceSource
  readonly estimator: Estimator
  /** Sessions of each realized volatility. */
  readonly realized_window: number
  readonly band: VolatilityBand
  /** Sessions whose volatility follows older definitions: they are null in `iv`. */
  readonly older_definitions: number
  readonly dates: readonly SessionDate[]
  /** A fraction a year. */
  readonly iv: readonly (number | null)[]
  /** Points. */
  readonly vix: readonly (number | null)[]
  /** Of the underlying. */
  readonly close: readonly (number | null)[]
  /** Over the 20 sessions before each session, a fraction a year. */
  readonly realized_before: readonly (number | null)[]
  /** Over the 20 sessions after it: null while they are not all over. */
  readonly realized_after: readonly (number | null)[]
}

export interface VolatilityHistoryInput {
  readonly symbol: string
  /** The session that the history ends before. */
  readonly date: SessionDate
  readonly window: HistoryWindow
  readonly estimator: Estimator
  /** Whose volatility the newest rank is of; null if there is none, and the source with more observations is taken. */
  readonly ivSource: IvSource | null
  readonly sessionOn: SessionOn
  /** Observations of the symbol of all sources, over `historyDates`. */
  readonly observed: readonly ObservationRow[]
  /** Those of the VIX. */
  readonly observedVix: readonly ObservationRow[]
}

/** The dates of the observations that a history needs. */
export function historyDates({ date, window }: Pick<VolatilityHistoryInput, 'date' | 'window'>): DateRange {
  return { from: historyStart(date, window + SESSIONS_BEFORE), to: date }
}

/** Volatility that was expected and volatility that was, by session. Pure; never from two sources in one column. */
export function volatilityHistory(input: VolatilityHistoryInput): VolatilityHistory {
  const { symbol, date, window, estimator, sessionOn } = input
  const own = input.observed.filter((row) => row.symbol === symbol && row.date < date)
  const sessions = sessionDates(historyDates(input).from, date, sessionOn).filter((one) => one < date)
  const observations = own.flatMap(observationOf)
  const inSource = (source: IvSource) =>
    observedIn(observations, {
      ...{ source, today: date, sessions, window },
      ...(source === 'chain' && { definitionVersion: DEFINITION_VERSION }),
    })
  const chain = inSource('chain')
  const index = inSource('ib_index')
  const ivSource = input.ivSource ?? (index.size > chain.size ? 'ib_index' : 'chain')
  const iv = ivSource === 'chain' ? chain : index
  const dates = sessions.slice(-window)
  const realized = realizedHistory(own, { symbol, before: date, sessions, sessionOn })
  const vix = vixLevels(own, input)
  const closes = closesOf(own)
  return {
    ...{ symbol, date, window, iv_source: ivSource, vix_source: vix.source },
    ...{ realized_source: estimator === 'five_minute' ? 'bars' : realized.source },
    ...{ estimator, realized_window: REALIZED_WINDOW },
    band: bandOf(iv),
    older_definitions: ivSource === 'chain' ? countOlder(own, dates) : 0,
    dates,
    iv: dates.map((one) => iv.get(one) ?? null),
    vix: dates.map((one) => vix.levels.get(one) ?? null),
    close: dates.map((one) => closes.get(one) ?? null),
    ...realizedColumns(realized, { sessions, dates, estimator }),
  }
}

function bandOf(values: ReadonlyMap<SessionDate, number>): VolatilityBand {
  const observations = values.size
  if (observations < MIN_OBSERVATIONS) {
    const none = { low: null, high: null, low_date: null, high_date: null }
    return { ...none, observations, reason: 'too_few_observations' }
  }
  const sorted = [...values].sort(([, a], [, b]) => a - b)
  const [[lowDate, low], [highDate, high]] = [sorted[0], sorted.at(-1)] as [
    [SessionDate, number],
    [SessionDate, number],
  ]
  return { low, high, low_date: lowDate, high_date: highDate, observations, reason: null }
}

function countOlder(rows: readonly ObservationRow[], [from]: readonly SessionDate[]): number {
  if (from === undefined) return 0
  return rows.filter(
    (row) => row.source === 'chain' && row.iv30 !== null && row.date >= from && !isOfThisVersion(row),
  ).length
}

/** Closing levels of the index, or those of our own cycles: of the two the source with more of them. */
function vixLevels(own: readonly ObservationRow[], { observedVix, date }: VolatilityHistoryInput) {
  const levels = (rows: readonly ObservationRow[], read: (row: ObservationRow) => number | null) =>
    new Map(
      rows.flatMap((row) => {
        const value = read(row)
        return value === null ? [] : [[sessionDate(row.date), value] as const]
      }),
    )
  const index = levels(
    observedVix.filter((row) => row.source === 'index' && row.date < date),
    ({ close }) => close,
  )
  const chain = levels(
    own.filter((row) => row.source === 'chain'),
    ({ vix }) => vix,
  )
  if (index.size === 0 && chain.size === 0) return { source: null, levels: index }
  return index.size >= chain.size
    ? { source: 'index' as const, levels: index }
    : { source: 'chain' as const, levels: chain }
}

/** The gateway's daily closes, which are adjusted for splits; without any our own last prices. */
function closesOf(own: readonly ObservationRow[]): ReadonlyMap<SessionDate, number> {
  const of = (isWanted: (row: ObservationRow) => boolean) =>
    new Map(
      own.flatMap((row) =>
        isWanted(row) && row.close !== null ? [[sessionDate(row.date), row.close] as const] : [],
      ),
    )
  const given = of(({ source }) => source === 'ib_index' || source === 'index')
  const ours = of(({ source }) => source === 'chain')
  return given.size >= ours.size ? given : ours
}

function realizedColumns(
  { daily, bars }: RealizedHistory,
  {
    sessions,
    dates,
    estimator,
  }: {
    readonly sessions: readonly SessionDate[]
    readonly dates: readonly SessionDate[]
    readonly estimator: Estimator
  },
): Pick<VolatilityHistory, 'realized_before' | 'realized_after'> {
  const returns = estimator === 'five_minute' ? bars : daily
  const first = sessions.length - dates.length
  const over = (from: number) =>
    from < 0 || from + REALIZED_WINDOW > sessions.length
      ? null
      : rounded(realizedVol(returns, sessions.slice(from, from + REALIZED_WINDOW), estimator).vol.value)
  return {
    realized_before: dates.map((_, at) => over(first + at - REALIZED_WINDOW)),
    realized_after: dates.map((_, at) => over(first + at + 1)),
  }
}

/** A millionth is more than any chart shows. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e6) / 1e6
}
