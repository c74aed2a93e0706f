import type { ChainRow, GroupedChain } from './chain.ts'
import { absent, type Found, found, type Measured, mapFound, measured } from './measured.ts'

export interface PutCallFigures {
  readonly put_call_volume_ratio: Measured<number>
  readonly put_call_oi_ratio: Measured<number>
}

export function putCallFigures(chain: GroupedChain): PutCallFigures {
  return {
    put_call_volume_ratio: ratioFigure(chain, 'volume', 'put_call_volume_ratio'),
    put_call_oi_ratio: ratioFigure(chain, 'open_interest', 'put_call_oi_ratio'),
  }
}

/** The observations are the contracts with a count. */
function ratioFigure({ rows, slot }: GroupedChain, of: Counted, definition: string): Measured<number> {
  const counts = putCallRatio(rows, of)
  return measured(
    mapFound(counts, ({ ratio }) => ratio),
    {
      definition,
      unit: 'ratio',
      source: 'chain',
      window: null,
      observations: counts.value?.counted ?? 0,
      observations_of: 'contracts',
      as_of: slot,
    },
  )
}

type Counted = 'volume' | 'open_interest'

interface PutCallRatio {
  readonly ratio: number
  /** Contracts for which the gateway sent a number. */
  readonly counted: number
}

/**
 * Puts divided by calls, in contracts, over all rows of the chain. The chain is the collected window of strikes and
 * expirations, not everything listed. Unknown counts are left out. `no_counts` if the calls sum to 0.
 */
function putCallRatio(
  rows: readonly Pick<ChainRow, 'right' | 'volume' | 'open_interest'>[],
  of: Counted,
): Found<PutCallRatio> {
  let puts = 0
  let calls = 0
  let counted = 0
  for (const row of rows) {
    const count = row[of]
    if (count === null || !(count >= 0) || !Number.isFinite(count)) continue
    counted++
    if (row.right === 'P') puts += count
    else calls += count
  }
  return calls > 0 ? found({ ratio: puts / calls, counted }) : absent('no_counts')
}
