import type { FigureAnswer, MarketAnswer } from '../../analytics/answers/market-answer.ts'
import type { Direction } from '../../analytics/trend.ts'

/** The figures that an entry is decided on, each with its basis. */
export interface EntryFigures {
  /** `iv_rank`, percent: the 30-day volatility within the range of the last 252 sessions. */
  readonly iv_rank: FigureAnswer
  /** `vix`, points. */
  readonly vix: FigureAnswer
  /** `trend_daily`. */
  readonly underlying_trend: FigureAnswer
}

/** The part of a market answer that the trader reads. */
export interface EntryAnswer extends Pick<MarketAnswer, 'slot'> {
  readonly figures: Pick<MarketAnswer['figures'], 'iv_rank' | 'vix' | 'trend_daily'>
}

export function entryFiguresOf({ figures }: EntryAnswer): EntryFigures {
  return { iv_rank: figures.iv_rank, vix: figures.vix, underlying_trend: figures.trend_daily }
}

/** The same with values that are there. A signal sees nothing else, so that none can take a null for a number. */
export interface KnownFigures {
  readonly ivRank: number
  readonly vix: number
  readonly trend: Direction
}

export type KnownOrNot =
  | { readonly known: KnownFigures; readonly missing: null }
  | { readonly known: null; readonly missing: string }

/** All values, or one line about those that are missing. A default is no figure. */
export function knownFigures(figures: EntryFigures): KnownOrNot {
  const missing = Object.entries(figures).flatMap(([name, figure]) => missingOf(name, figure))
  const { iv_rank, vix, underlying_trend } = figures
  if (missing.length > 0) return { known: null, missing: missing.join('; ') }
  const known = { ivRank: iv_rank.value, vix: vix.value, trend: underlying_trend.value }
  return isKnown(known)
    ? { known, missing: null }
    : { known: null, missing: 'a figure is neither a number nor a direction' }
}

function missingOf(
  name: string,
  { value, reason, is_default, observations, window }: FigureAnswer,
): string[] {
  if (is_default) return [`${name} is a default`]
  if (value !== null) return []
  const found = window === null ? '' : ` (${observations} of ${window})`
  return [`${name} is null: ${reason ?? 'no reason given'}${found}`]
}

function isKnown(figures: Record<keyof KnownFigures, unknown>): figures is KnownFigures & typeof figures {
  const { ivRank, vix, trend } = figures
  const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value)
  return isNumber(ivRank) && isNumber(vix) && (trend === 'up' || trend === 'down' || trend === 'neutral')
}
