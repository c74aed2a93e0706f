import { newYorkDate, sessionOn } from '../../market/calendar.ts'
import { addDays, type SessionDate, sessionDate } from '../../market/units.ts'
import type { ObservationRow } from '../../snapshot/daily-observations.ts'
import { isOfThisVersion, versionOf } from '../../snapshot/definition-version.ts'
import { historyStart } from '../ranks/rank.ts'
import { LONGEST_WINDOW, RANK_FIGURES, type RankFigure, rankFigures } from '../ranks/rank-figures.ts'
import { historyAt, type MarketData } from '../stored/reader.ts'
import { type AnswerOptions, emptyMetrics, type FigureAnswer, figureAnswer } from './market-answer.ts'

/** One session of the history. */
export interface IvDay {
  readonly date: SessionDate
  /** A fraction; null where the session has none. */
  readonly iv30: number | null
  readonly close: number | null
  readonly vix: number | null
  /** Number of cycles in the median; null where the value is not our own. */
  readonly cycles: number | null
  /** Version of the definitions that iv30 follows; null where the value is not our own, which has none. */
  readonly definition_version: number | null
}

/** A symbol's daily volatility, its ranks and its history, all from one source. */
export interface IvAnswer {
  readonly symbol: string
  /** chain: our own iv30. ib_index: IB's daily volatility of the underlying. */
  readonly iv_source: 'chain' | 'ib_index'
  /** Null if the symbol has no slot. It then has no ranks but may have a history. */
  readonly slot: string | null
  readonly current: FigureAnswer
  readonly ranks: Readonly<Record<RankFigure, FigureAnswer>>
  readonly from: SessionDate
  readonly to: SessionDate
  /**
   * Sessions of the history with the lowest and highest value; null if no session has one. Of our own values only those that
   * follow today's definitions.
   */
  readonly low: IvDay | null
  readonly high: IvDay | null
  readonly history: readonly IvDay[]
}

/** Calendar days from one date to another, inclusive. */
export interface DateRange {
  readonly from: SessionDate
  readonly to: SessionDate
}

/** The range from `days` calendar days before a date to the date. */
export function daysUpTo(to: SessionDate, days: number): DateRange {
  return { from: addDays(to, -days), to }
}

/** The dates of the observations an answer needs: the range, and without a slot also the longest rank window. */
export function datesToRead(data: MarketData | null, { from, to }: DateRange): DateRange {
  const start = historyStart(to, LONGEST_WINDOW)
  return { from: data === null && start < from ? start : from, to }
}

/**
 * The history of a range and the ranks of the newest slot, both from the same source. Without a slot, the ranks are
 * null and give the number of sessions they could use. `observed` holds the observations of `datesToRead` from all
 * sources.
 */
export function ivAnswer(
  data: MarketData | null,
  observed: readonly ObservationRow[],
  { symbol, now, from, to }: Omit<AnswerOptions, 'defaults'> & DateRange,
): IvAnswer {
  const figures = data?.figures ?? { ...emptyMetrics().figures, ...ranksOfNoSlot(observed, { symbol, now }) }
  const source = figures.iv_percentile.source === 'ib_index' ? 'ib_index' : 'chain'
  const history = observed.filter((row) => row.source === source && row.date >= from && row.date <= to)
  const days = history.map(dayOf)
  const known = days
    .filter((day) => day.iv30 !== null && (source === 'ib_index' || isOfThisVersion(day)))
    .sort((a, b) => (a.iv30 ?? 0) - (b.iv30 ?? 0))
  const current = source === 'chain' ? figures.iv30 : figures.iv30_ib_index
  const ranks = Object.fromEntries(RANK_FIGURES.map((name) => [name, figureAnswer(figures[name], now)]))
  return {
    symbol,
    iv_source: source,
    slot: data ? new Date(data.slot).toISOString() : null,
    current: figureAnswer(current, now),
    ranks: ranks as IvAnswer['ranks'],
    from,
    to,
    low: known[0] ?? null,
    high: known.at(-1) ?? null,
    history: days,
  }
}

/** Null ranks, with the number of sessions available to rank a first slot. */
function ranksOfNoSlot(
  observed: readonly ObservationRow[],
  { symbol, now }: Omit<AnswerOptions, 'defaults'>,
) {
  const past = historyAt({ observed, metrics: [] }, symbol, { at: now, date: newYorkDate(now) }, sessionOn)
  const ranks = rankFigures({ ...past, slot: now, date: newYorkDate(now), ivIndexFraction: null }, null)
  const entries = Object.entries(ranks).map(([name, one]) => [name, { ...one, as_of: null }])
  return Object.fromEntries(entries) as typeof ranks
}

function dayOf(row: ObservationRow): IvDay {
  const { date, iv30, close, vix, cycles } = row
  const version = row.source === 'chain' ? versionOf(row) : null
  return { date: sessionDate(date), iv30, close, vix, cycles, definition_version: version }
}
