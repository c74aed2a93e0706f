import type { EpochMs, SessionDate } from '../../market/units.ts'
import type { SurfaceRow } from '../../snapshot/surface/surfaces.ts'
import type { Lake } from '../open.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { keptRowsOfFiles, sortedByKey } from '../tables/read-rows.ts'
import { SURFACES, slotRange } from '../tables/small-tables.ts'

/** The stored curves of one slot; empty if none is stored. @throws Failure EXIT.io when the lake cannot be read. */
export async function surfaceRowsOf(
  lake: Lake,
  symbol: string,
  { slot, date }: { readonly slot: EpochMs; readonly date: SessionDate },
): Promise<SurfaceRow[]> {
  const newest = await surfaceRowsAt(lake, symbol, { at: slot, date, from: slot })
  return newest.filter(({ timestamp }) => timestamp === slot)
}

/**
 * The stored curves of the newest slot of a trade date at or before a time; empty if there is none. Files of later slots
 * are not read, and those of earlier ones only until one has the symbol. `from`: earlier slots are not looked for.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function surfaceRowsAt(
  lake: Lake,
  symbol: string,
  { at, date, from = 0 }: { readonly at: EpochMs; readonly date: SessionDate; readonly from?: number },
): Promise<SurfaceRow[]> {
  const state = await smallState(lake, SURFACES)
  const files = [...(state?.files.values() ?? [])]
    .filter((file) => file.partition === date)
    .map((file) => ({ file, range: slotRange(file) ?? { first: 0, last: at } }))
    .filter(({ range }) => range.first <= at && range.last >= from)
    .sort((a, b) => b.range.last - a.range.last)
  let newest: SurfaceRow[] = []
  for (const { file, range } of files) {
    const [known] = newest
    if (known && range.last < known.timestamp) break
    const rows = await keptRowsOfFiles(lake, SURFACES, [file])
    const own = rows.filter((row) => row.symbol === symbol && row.timestamp <= at)
    const slot = own.reduce((latest, { timestamp }) => Math.max(latest, timestamp), known?.timestamp ?? 0)
    newest = [...newest, ...own].filter(({ timestamp }) => timestamp === slot)
  }
  // Copies, so that a caller that changes a row does not change the next answer.
  return sortedByKey(
    SURFACES,
    newest.map((row) => ({ ...row })),
  )
}
