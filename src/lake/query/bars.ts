import type { SessionDate } from '../../market/units.ts'
import type { UnderlyingBarRow } from '../../snapshot/underlying-bars.ts'
import type { Lake } from '../open.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { readRows } from '../tables/read-rows.ts'
import { UNDERLYING_BARS } from '../tables/small-tables.ts'

/** Trade dates, both included. The default is the newest one that has bars of the symbol. */
export interface BarDates {
  readonly from?: SessionDate | undefined
  readonly to?: SessionDate | undefined
}

/**
 * The five-minute bars of a stock, an index or the front futures of a root, by time; of two futures in one interval the
 * order is that of their contract ids. Empty if there are none.
 * @throws Failure EXIT.io when the log or a data file cannot be read.
 */
export async function bars(lake: Lake, symbol: string, dates: BarDates = {}): Promise<UnderlyingBarRow[]> {
  const { from, to } = dates
  if (from !== undefined || to !== undefined) {
    return readRows(lake, UNDERLYING_BARS, { symbol, ...(from && { from }), ...(to && { to }) })
  }
  const state = await smallState(lake, UNDERLYING_BARS)
  const stored = new Set([...(state?.files.values() ?? [])].flatMap(({ partition }) => partition ?? []))
  for (const date of [...stored].sort().reverse() as SessionDate[]) {
    const rows = await readRows(lake, UNDERLYING_BARS, { symbol, from: date, to: date })
    if (rows.length > 0) return rows
  }
  return []
}
