import type { Lake } from '../../lake/open.ts'
import { stats } from '../../lake/query/stats.ts'
import { ledger } from '../../lake/tables/ledger.ts'
import { newYorkDate } from '../../market/calendar.ts'
import { MAX_DAYS_EARLY } from '../../market/trade-dates.ts'
import { addDays, type EpochMs, type ExpiryDate, epochMs } from '../../market/units.ts'
import type { Carry } from '../carry.ts'
import { type Aged, absent, aged, found, measured } from '../measured.ts'
import { analyticsOptions, carryOf } from '../options.ts'
import { RANK_FIGURES, type RankFigure } from '../ranks/rank-figures.ts'
import { storedPositioning } from '../stored/positioning.ts'
import { type MarketData, marketData as storedMarketData } from '../stored/reader.ts'
import type { Direction } from '../trend.ts'
import { type AnswerOptions, emptyMetrics, type MarketAnswer, marketAnswer } from './market-answer.ts'
import { type PositioningAnswer, positioningAnswer } from './positioning-answer.ts'

/** Time and cost of carry; by default the newest slot and the default rate without dividends. */
export interface MarketQuestion {
  readonly at?: EpochMs
  readonly carry?: Carry
}

/**
 * The figures of a symbol's newest slot at or before a time, each with its basis, computed from the stored chain. With
 * the same rate and dividends they equal the stored figures of the slot. Null if the symbol has no slot.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export function marketData(
  lake: Lake,
  symbol: string,
  { at, carry }: MarketQuestion = {},
): Promise<MarketData | null> {
  const own = carry ?? carryOf(analyticsOptions.parse({}), symbol)
  return storedMarketData(lake, symbol, { carry: own, ...(at !== undefined && { at }) })
}

/**
 * Every figure of a symbol's newest slot with its basis and age. With `defaults`, missing figures are replaced with
 * default values marked `is_default`. For a symbol without slots every figure is null with a reason.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function latestMarketData(
  lake: Lake,
  symbol: string,
  {
    defaults = false,
    ...question
  }: Omit<MarketQuestion, 'at'> & Partial<Pick<AnswerOptions, 'defaults'>> = {},
): Promise<MarketAnswer> {
  const data = await marketData(lake, symbol, question)
  return marketAnswer(data, { symbol, now: lake.clock.now(), defaults })
}

/** Rank and percentile of the 30-day volatility over 252, 126 and 60 sessions, each with its basis and age. */
export async function ivRank(
  lake: Lake,
  symbol: string,
  question: MarketQuestion = {},
): Promise<Readonly<Record<RankFigure, Aged<number>>>> {
  const { figures } = (await marketData(lake, symbol, question)) ?? emptyMetrics()
  const now = lake.clock.now()
  const entries = RANK_FIGURES.map((name) => [name, aged(figures[name], now)] as const)
  return Object.fromEntries(entries) as Record<RankFigure, Aged<number>>
}

/** Daily and intraday trend of the underlying, each with its basis and age. */
export async function underlyingTrend(
  lake: Lake,
  symbol: string,
  question: MarketQuestion = {},
): Promise<Readonly<Record<'trend_daily' | 'trend_intraday', Aged<Direction>>>> {
  const { figures } = (await marketData(lake, symbol, question)) ?? emptyMetrics()
  const now = lake.clock.now()
  return { trend_daily: aged(figures.trend_daily, now), trend_intraday: aged(figures.trend_intraday, now) }
}

/**
 * Gamma exposure, open interest with its change, and max pain of a symbol's newest slot, by strike and by expiration; with
 * `expiry` of that expiration alone. Every exposure rests on the answer's `assumption`.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function positioning(
  lake: Lake,
  symbol: string,
  { at, carry, expiry }: MarketQuestion & { readonly expiry?: ExpiryDate } = {},
): Promise<PositioningAnswer> {
  const own = carry ?? carryOf(analyticsOptions.parse({}), symbol)
  const data = await storedPositioning(lake, symbol, { carry: own, at, expiry })
  return positioningAnswer(data, { symbol, now: lake.clock.now() })
}

/** Calendar days of one session and the longest closure before it. An older VIX level is out of date. */
const VIX_DAYS = 5

/**
 * The newest VIX level that a cycle received, at or before `at` if given; points. `not_received` if no cycle of the
 * five days before has one.
 */
export async function vix(lake: Lake, { at }: Pick<MarketQuestion, 'at'> = {}): Promise<Aged<number>> {
  const now = lake.clock.now()
  const basis = {
    definition: 'vix',
    unit: 'points',
    source: 'index',
    window: null,
    observations_of: 'values',
  } as const
  const until = at ?? (await stats(lake)).lastSlot
  // The trade date of a slot in the evening is a later one.
  for (let days = -MAX_DAYS_EARLY; until !== null && days <= VIX_DAYS; days++) {
    const entries = await ledger(lake, { date: addDays(newYorkDate(until), -days) })
    const last = entries.findLast((entry) => entry.vix !== null && entry.timestamp <= until)
    if (last?.vix != null) {
      return aged(
        measured(found(last.vix), { ...basis, observations: 1, as_of: epochMs(last.timestamp) }),
        now,
      )
    }
  }
  return aged(measured<number>(absent('not_received'), { ...basis, observations: 0, as_of: null }), now)
}
