import { expiresAt } from '../market/contracts.ts'
import type { SimContract } from '../market/market.ts'

/** A bought option, and how much of it covers nothing yet. */
export interface BoughtOption {
  readonly contract: SimContract
  left: number
}

/** The bought options of one underlying and one right, as cover of written ones. */
export interface SpreadCover {
  /**
   * The option that leaves the least loss with a written one, then the nearest strike, then the first that was given;
   * null when none is left that expires as late. The caller takes what it uses from `left`. Written options come from
   * the dearest to the cheapest: calls from the lowest strike, puts from the highest.
   */
  next(written: SimContract): BoughtOption | null
}

interface Candidate extends BoughtOption {
  /** Grows from the dearest to the cheapest strike. */
  readonly rank: number
  /** Its place in the list that was given. */
  readonly at: number
}

/** Options of one expiration, settlement and multiplier. */
interface Series {
  /** When their value is fixed: of one last trading day, that of a class with AM settlement a day later. */
  readonly endsAt: number
  readonly multiplier: string
  /** At least as dear as the written option: they leave no loss. The nearest is last. */
  readonly dearer: Candidate[]
  /** Cheaper than the written option, from the dearest on. */
  readonly cheaper: Candidate[]
  /** Where `cheaper` begins: what is before has gone to `dearer`. */
  begin: number
  /** The first in `cheaper` of which something is left. */
  head: number
}

/** Sorted once for each series, so that a written option finds its cover without a look at every bought one. */
export function createSpreadCover(
  bought: readonly { readonly contract: SimContract; readonly quantity: number }[],
  right: 'C' | 'P',
): SpreadCover {
  const rankOf = ({ strike }: SimContract) => (right === 'C' ? strike : -strike)
  const bySeries = new Map<string, Series>()
  for (const [at, { contract, quantity }] of bought.entries()) {
    const { multiplier } = contract
    const endsAt = endOf(contract)
    const key = `${endsAt} ${multiplier}`
    const series = bySeries.get(key) ?? { endsAt, multiplier, dearer: [], cheaper: [], begin: 0, head: 0 }
    bySeries.set(key, series)
    series.cheaper.push({ contract, left: quantity, rank: rankOf(contract), at })
  }
  for (const { cheaper } of bySeries.values()) cheaper.sort((a, b) => a.rank - b.rank || a.at - b.at)

  return {
    next: (written) => {
      const rank = rankOf(written)
      const endsAt = endOf(written)
      let best: Candidate | null = null
      for (const series of bySeries.values()) {
        if (series.endsAt < endsAt || series.multiplier !== written.multiplier) continue
        const one = nearest(series, rank)
        if (one && (best === null || compare(one, best, rank) < 0)) best = one
      }
      return best
    },
  }
}

function endOf(contract: SimContract): number {
  return expiresAt(contract) ?? Number.POSITIVE_INFINITY
}

/** The best of one series for a written option of that rank. */
function nearest(series: Series, rank: number): Candidate | null {
  const { dearer, cheaper } = series
  while (series.begin < cheaper.length && (cheaper[series.begin] as Candidate).rank <= rank) {
    const first = series.begin
    const sameRank = (cheaper[first] as Candidate).rank
    while (cheaper[series.begin]?.rank === sameRank) series.begin++
    // Reversed: of equal strikes the first is taken first.
    for (let at = series.begin - 1; at >= first; at--) dearer.push(cheaper[at] as Candidate)
  }
  while (dearer.at(-1)?.left === 0) dearer.pop()
  const last = dearer.at(-1)
  if (last) return last
  series.head = Math.max(series.head, series.begin)
  while (cheaper[series.head]?.left === 0) series.head++
  return cheaper[series.head] ?? null
}

function compare(a: Candidate, b: Candidate, rank: number): number {
  const lossOf = (one: Candidate) => Math.max(0, one.rank - rank)
  const distanceOf = (one: Candidate) => Math.abs(one.rank - rank)
  return lossOf(a) - lossOf(b) || distanceOf(a) - distanceOf(b) || a.at - b.at
}
