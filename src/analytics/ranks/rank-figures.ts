import type { EpochMs, SessionDate } from '../../market/units.ts'
import { DEFINITION_VERSION } from '../../snapshot/definition-version.ts'
import { type Measured, measured } from '../measured.ts'
import { received } from '../received-figures.ts'
import { type Observation, type RankResult, rankOf } from './rank.ts'

/** Windows of rank and percentile in sessions (252 is a year), and their columns. In the order of the columns. */
const RANKS = [
  { window: 252, rank: 'iv_rank', percentile: 'iv_percentile' },
  { window: 60, rank: 'iv_rank_60d', percentile: 'iv_percentile_60d' },
  { window: 126, rank: 'iv_rank_126d', percentile: 'iv_percentile_126d' },
] as const

/** The same, in the order used by answers and printed tables. */
export const RANKS_LONGEST_FIRST = [...RANKS].sort((a, b) => b.window - a.window)

export const LONGEST_WINDOW = RANKS[0].window

export type RankFigure = (typeof RANKS)[number]['rank' | 'percentile']
export const RANK_FIGURES: readonly RankFigure[] = [
  ...RANKS_LONGEST_FIRST.map(({ rank }) => rank),
  ...RANKS_LONGEST_FIRST.map(({ percentile }) => percentile),
]

export type RankFigures = Readonly<Record<RankFigure, Measured<number>>>

/** Input for the ranks. */
export interface RankInput {
  readonly slot: EpochMs
  /** Trade date of the slot. */
  readonly date: SessionDate
  /** Daily volatilities from `chain` and `ib_index`. Values of `date` and later are ignored. */
  readonly history: readonly Observation[]
  /** Sessions, ascending, covering at least the longest window; see `historyStart`. */
  readonly sessions: readonly SessionDate[]
  /** IB's own 30-day volatility of the underlying (tick 24), a fraction; null where not received. */
  readonly ivIndexFraction: number | null
}

/**
 * Rank and percentile over the three windows. All come from one source, so that they can be compared: our iv30 among
 * our own observations, or IB's live value among IB's daily values. The source that can rank its value in more windows
 * is used; on a tie, the one with more observations in the longest window; on a further tie, ours. If neither source
 * can rank its value, the reasons come from the source chosen in the same way. Of our own observations only those that
 * follow today's definitions count: others cannot be compared with the value.
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

/** Ranks of a value over every window, from one source; the longest window first. */
function ranksFrom(
  source: 'chain' | 'ib_index',
  current: number | null,
  { history, sessions, date }: RankInput,
): NamedResult[] {
  // IB's values follow no definition of ours.
  const versioned = source === 'chain' ? { definitionVersion: DEFINITION_VERSION } : {}
  return RANKS.map((names) => ({
    names,
    result: rankOf(history, { current, source, ...versioned, today: date, sessions, window: names.window }),
  }))
}

/** The number of windows in which a source can rank its value. */
function answeredOf(ranks: readonly NamedResult[]): number {
  return ranks.filter(({ result }) => result.percentile.reason === null).length
}

/** Observations in the longest window. */
function observationsOf(ranks: readonly NamedResult[]): number {
  return ranks[0]?.result.observations ?? 0
}
