import type { EpochMs, SessionDate } from '../../market/units.ts'
import type { SurfaceRow } from '../../snapshot/surface/surfaces.ts'
import type { Lake } from '../open.ts'
import { smallState } from '../tables/loaded-small-tables.ts'
import { rowsOfFiles, sortedByKey } from '../tables/read-rows.ts'
import { type SmallFile, SURFACES, slotRange } from '../tables/small-tables.ts'

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
    const rows = await rowsOfFile(lake, file)
    const own = rows.filter((row) => row.symbol === symbol && row.timestamp <= at)
    const slot = own.reduce((latest, { timestamp }) => Math.max(latest, timestamp), known?.timestamp ?? 0)
    newest = [...newest, ...own].filter(({ timestamp }) => timestamp === slot)
  }
  return sortedByKey(SURFACES, newest)
}

/** A file has some twenty slots of three symbols and takes about half a megabyte. */
const MOST_FILES = 8

/**
 * Files read last, by lake and path: slots that are played one after another are in one file. Data files never change, so
 * what was read once stays right.
 */
const caches = new WeakMap<Lake, Map<string, Promise<readonly SurfaceRow[]>>>()

function rowsOfFile(lake: Lake, file: SmallFile): Promise<readonly SurfaceRow[]> {
  const cache = caches.get(lake) ?? new Map<string, Promise<readonly SurfaceRow[]>>()
  caches.set(lake, cache)
  const rows = cache.get(file.path) ?? rowsOfFiles(lake, SURFACES, [file])
  cache.delete(file.path)
  cache.set(file.path, rows)
  rows.catch(() => cache.delete(file.path))
  for (const path of cache.keys()) {
    if (cache.size <= MOST_FILES) break
    cache.delete(path)
  }
  return rows
}
