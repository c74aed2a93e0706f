import type { Lake } from '../../../lake/open.ts'
import { chainAt } from '../../../lake/query/chains.ts'
import { surfaceRowsOf } from '../../../lake/query/surface-rows.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../../market/units.ts'
import type { SurfaceRow } from '../../../snapshot/surface/surfaces.ts'
import { spotOf } from '../../chain.ts'
import { kindOfRows } from '../../figure-session.ts'
import { type Comparison, type EarlierCurves, earlierCurves } from './smile-data.ts'

/** The stored surface of one symbol's slot, by expiration. */
export interface TermData {
  readonly symbol: string
  readonly slot: EpochMs
  readonly date: SessionDate
  /** Price of the underlying, dollars; null if no row has one. */
  readonly spot: number | null
  /** Empty if the slot has no stored surface. */
  readonly curves: readonly SurfaceRow[]
  /** Null if nothing of the session before is stored, or nothing was asked for. */
  readonly before: EarlierCurves | null
}

/**
 * The surface of a symbol's newest slot at or before a time as stored; none is fitted here. Null if the symbol has no slot
 * with options.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function termData(
  lake: Lake,
  symbol: string,
  { at, against }: { readonly at?: EpochMs | undefined; readonly against: Comparison },
): Promise<TermData | null> {
  const columns = ['timestamp', 'date', 'underlying_price', 'underlying_type'] as const
  const rows = await chainAt(lake, symbol, { at, columns })
  const [first] = rows
  if (!first) return null
  const key = { slot: epochMs(first.timestamp), date: sessionDate(first.date) }
  const curves = await surfaceRowsOf(lake, symbol, key)
  const before = await earlierCurves(lake, { symbol, kind: kindOfRows(rows) }, { ...key, against })
  return { symbol, ...key, spot: spotOf(rows), curves, before }
}
