import type { SessionDate } from '../market/units.ts'
import { type ChainRow, daysOf, type GroupedChain } from './chain.ts'
import { absent, type Found, found, type Measured, mapFound, measured } from './measured.ts'
import { pricedAt } from './positioning/gamma-exposure.ts'
import type { TermPoint } from './volatility/at-the-money.ts'

export interface PutCallFigures {
  readonly put_call_volume_ratio: Measured<number>
  readonly put_call_oi_ratio: Measured<number>
  /** The same of the window: 0 to 60 days, strikes within 20 % of the price. */
  readonly put_call_volume_ratio_60d: Measured<number>
  readonly put_call_oi_ratio_60d: Measured<number>
}

/** The window, so that ratios of collections of another size can be compared. */
export const RATIO_WINDOW = { days: 60, strikeShare: 0.2 } as const

export function putCallFigures(
  chain: GroupedChain,
  { terms, oiDate }: { readonly terms: readonly TermPoint[]; readonly oiDate: SessionDate | null },
): PutCallFigures {
  const inside = rowsInside(chain, terms)
  const figure = (definition: string, rows: readonly CountedRow[], of: Counted) =>
    ratioFigure(rows, { definition, of, slot: chain.slot, oiDate })
  return {
    put_call_volume_ratio: figure('put_call_volume_ratio', chain.rows, 'volume'),
    put_call_oi_ratio: figure('put_call_oi_ratio', chain.rows, 'open_interest'),
    put_call_volume_ratio_60d: figure('put_call_volume_ratio_60d', inside, 'volume'),
    put_call_oi_ratio_60d: figure('put_call_oi_ratio_60d', inside, 'open_interest'),
  }
}

/** The rows of the window. The price is that of the underlying, of options on a future or forward their own. */
function rowsInside(chain: GroupedChain, terms: readonly TermPoint[]): ChainRow[] {
  return chain.expirations.flatMap((expiration, at) => {
    const price = pricedAt(expiration, { chain, term: terms[at] as TermPoint })
    if (price === null || daysOf(expiration) > RATIO_WINDOW.days) return []
    return expiration.strikes.flatMap(({ strike, call, put }) =>
      Math.abs(strike / price - 1) <= RATIO_WINDOW.strikeShare
        ? [call, put].filter((row) => row !== null)
        : [],
    )
  })
}

type Counted = 'volume' | 'open_interest'
type CountedRow = Pick<ChainRow, 'right' | 'volume' | 'open_interest'>

/** The observations are the contracts with a count. */
function ratioFigure(
  rows: readonly CountedRow[],
  {
    definition,
    of,
    slot,
    oiDate,
  }: {
    readonly definition: string
    readonly of: Counted
    readonly slot: GroupedChain['slot']
    readonly oiDate: SessionDate | null
  },
): Measured<number> {
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
      oi_date: of === 'open_interest' ? oiDate : null,
    },
  )
}

interface PutCallRatio {
  readonly ratio: number
  /** Contracts for which the gateway sent a number. */
  readonly counted: number
}

/**
 * Puts divided by calls, in contracts, over the rows. Unknown counts are left out. `no_counts` if the calls sum to 0.
 */
function putCallRatio(rows: readonly CountedRow[], of: Counted): Found<PutCallRatio> {
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
