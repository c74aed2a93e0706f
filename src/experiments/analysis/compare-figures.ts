import type { Interval } from '../../statistics/intervals.ts'
import { type Evidence, evidenceOf, overSeeds } from './over-seeds.ts'

/** Figures of one run by name; null where the run does not have one. */
export type FiguresOfRun = Readonly<Record<string, number | null>>

/** One figure of two groups, side by side. */
export interface ComparedFigure {
  readonly name: string
  /** Mean over the runs of each group that have it. */
  readonly a: number | null
  readonly b: number | null
  /** Mean of b − a over the pairs that both have it; of the two means when no run has a partner. */
  readonly difference: number | null
  /** 95 % interval of the mean paired difference; null for fewer than two pairs. */
  readonly interval: Interval | null
  readonly evidence: Evidence
  /** Pairs that have it in both. */
  readonly pairs: number
}

/** @param pairs figures of each pair, `a` first; empty when no run of one group has a partner in the other. */
export function compareFigures(
  a: readonly FiguresOfRun[],
  b: readonly FiguresOfRun[],
  pairs: readonly (readonly [FiguresOfRun, FiguresOfRun])[],
): ComparedFigure[] {
  const names = [...new Set([...a, ...b].flatMap((figures) => Object.keys(figures)))]
  return names.map((name) => {
    const means = [a, b].map((group) => overSeeds(group.map((figures) => figures[name] ?? null)).mean)
    const [meanA = null, meanB = null] = means
    const paired = overSeeds(
      pairs.map(([one, other]) => {
        const [left, right] = [one[name] ?? null, other[name] ?? null]
        return left === null || right === null ? null : right - left
      }),
    )
    const unpaired = meanA === null || meanB === null ? null : meanB - meanA
    return {
      name,
      a: meanA,
      b: meanB,
      difference: pairs.length === 0 ? unpaired : paired.mean,
      interval: paired.interval,
      evidence: evidenceOf(paired),
      pairs: paired.seeds,
    }
  })
}

type Pair = readonly [FiguresOfRun, FiguresOfRun]

/**
 * Repeated pairs of one market become one, with the means of their figures: the same market again is no further evidence.
 * @param pairs with what tells their markets apart; null where that is unknown
 */
export function meanOfRepeats(
  pairs: readonly { readonly market: string | null; readonly figures: Pair }[],
): Pair[] {
  const groups = new Map<string | symbol, Pair[]>()
  for (const { market, figures } of pairs) {
    const key = market ?? Symbol('a market of its own')
    groups.set(key, [...(groups.get(key) ?? []), figures])
  }
  return [...groups.values()].map((group) => [
    meanFigures(group.map(([one]) => one)),
    meanFigures(group.map(([, other]) => other)),
  ])
}

function meanFigures(runs: readonly FiguresOfRun[]): FiguresOfRun {
  const names = new Set(runs.flatMap((figures) => Object.keys(figures)))
  return Object.fromEntries(
    [...names].map((name) => [name, overSeeds(runs.map((figures) => figures[name] ?? null)).mean]),
  )
}
