import type { EpochMs, SessionDate } from '../../market/units.ts'
import { type Measured, measured } from '../measured.ts'
import { received } from '../received-figures.ts'
import { type Observation, type RankResult, rankOf } from './rank.ts'

/** Rank and percentile by the window they look back over, in sessions; 252 is a year. Names and order of the columns. */
const RANKS = [
  { window: 252, rank: 'iv_rank', percentile: 'iv_percentile' },
  { window: 60, rank: 'iv_rank_60d', percentile: 'iv_percentile_60d' },
  { window: 126, rank: 'iv_rank_126d', percentile: 'iv_percentile_126d' },
] as const

/** The same in the order of answers and tables. */
export const RANKS_LONGEST_FIRST = [...RANKS].sort((a, b) => b.window - a.window)

export const LONGEST_WINDOW = RANKS[0].window

export type RankFigure = (typeof RANKS)[number]['rank' | 'percentile']
export const RANK_FIGURES: readonly RankFigure[] = [
  ...RANKS_LONGEST_FIRST.map(({ rank }) => rank),
  ...RANKS_LONGEST_FIRST.map(({ percentile }) => percentile),
]

export type RankFigures = Readonly<Record<RankFigure, Measured<number>>>

/** What ranks are made from. */
export interface RankInput {
  readonly slot: EpochMs
  /** New York date of the slot. */
  readonly date: SessionDate
  /** Daily volatilities of the sources `chain` and `ib_index`; those of `date` and later are left out. */
  readonly history: readonly Observation[]
  /** Sessions, ascending, over the longest window at least; see `reachBack`. */
  readonly sessions: readonly SessionDate[]
  /** IB's own 30-day volatility of the underlying (tick 24), a fraction; null where not received. */
  readonly ivIndexFraction: number | null
}

/**
 * Rank and percentile over the three windows, all from one source, so that they can be compared: our own iv30 among our
 * own observations, or IB's live value among IB's daily ones. The source that answers more of the three windows is
 * taken; of two that answer as many, the one with more observations in the longest; ours if these are equal too.
 * Where neither answers, the source with more observations says what is missing.
 */
export function rankFigures(input: RankInput, iv30: number | null): RankFigures {
  const ours = ranksFrom('chain', iv30, input)
  const theirs = ranksFrom('ib_index', received(input.ivIndexFraction).value, input)
  const more = answeredOf(theirs) - answeredOf(ours) || observationsOf(theirs) - observationsOf(ours)
  const source = more > 0 ? 'ib_index' : 'chain'
  const chosen = more > 0 ? theirs : ours
  const figure = ({ window, observations }: RankResult, kind: 'rank' | 'percentile') =>
    ({
      definition: `iv_${kind}_${window}d`,
      unit: 'percent',
      source,
      window,
      observations,
      observations_of: 'sessions',
      as_of: input.slot,
    }) as const
  const entries = [
    ...chosen.map(({ names, result }) => [names.rank, measured(result.rank, figure(result, 'rank'))]),
    ...chosen.map(({ names, result }) => [
      names.percentile,
      measured(result.percentile, figure(result, 'percentile')),
    ]),
  ]
  return Object.fromEntries(entries) as RankFigures
}

interface NamedResult {
  readonly names: (typeof RANKS)[number]
  readonly result: RankResult
}

/** A value's rank over every window, by one source alone; the longest window first. */
function ranksFrom(
  source: 'chain' | 'ib_index',
  current: number | null,
  { history, sessions, date }: RankInput,
): NamedResult[] {
  return RANKS.map((names) => ({
    names,
    result: rankOf(history, { current, source, today: date, sessions, window: names.window }),
  }))
}

/** How many windows a source can place its value in. */
function answeredOf(ranks: readonly NamedResult[]): number {
  return ranks.filter(({ result }) => result.percentile.reason === null).length
}

/** Observations in the longest window. */
function observationsOf(ranks: readonly NamedResult[]): number {
  return ranks[0]?.result.observations ?? 0
}
