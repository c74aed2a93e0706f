import type { EpochMs, ExpiryDate, SessionDate } from '../market/units.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import { currentTable, type Lake } from './open.ts'
import { asOf, filesOf, newestSlot } from './prune.ts'
import { scan } from './scan.ts'

/**
 * The newest stored slot of a symbol: one row for each contract, sorted by expiry, strike and right. Empty when
 * the symbol has no rows. Timestamps are epoch milliseconds; what was not quoted or computed is null.
 * @throws Failure EXIT.io when log or data cannot be read.
 */
export async function latestChain(
  lake: Lake,
  symbol: string,
  only: { readonly expiry?: ExpiryDate } = {},
): Promise<SnapshotRow[]> {
  const at = newestSlot(await currentTable(lake), symbol)
  return at === null ? [] : chainAsOf(lake, symbol, { at, ...only })
}

/**
 * The chain as it was known at a time: the newest slot at or before it, which may be of an earlier day.
 * Otherwise as `latestChain`.
 */
export async function chainAsOf(
  lake: Lake,
  symbol: string,
  { at, expiry }: { readonly at: EpochMs; readonly expiry?: ExpiryDate },
): Promise<SnapshotRow[]> {
  const { files, slot } = asOf(await currentTable(lake), symbol, at)
  const newest = '(SELECT max(timestamp) FROM snapshots WHERE timestamp <= $at::TIMESTAMPTZ)'
  return scan(lake, {
    files,
    select:
      `SELECT * FROM snapshots WHERE timestamp = ${slot === null ? newest : '$at::TIMESTAMPTZ'} ` +
      "AND symbol = $symbol AND ($expiry = '' OR expiry = $expiry)",
    values: { symbol, at: new Date(slot ?? at).toISOString(), expiry: expiry ?? '' },
  })
}

/**
 * The at-the-money options of one expiry: in each slot the strike nearest to the underlying, both rights; two
 * strikes where they are equally near. Every slot of `date` if given, else the newest slot alone. A slot without
 * a known underlying price has none. The underlying price of a slot is the median over its rows of that expiry.
 */
export async function atmOptions(
  lake: Lake,
  symbol: string,
  { expiry, date }: { readonly expiry: ExpiryDate; readonly date?: SessionDate },
): Promise<SnapshotRow[]> {
  const table = await currentTable(lake)
  const newest = newestSlot(table, symbol)
  if (newest === null) return []
  const files = date === undefined ? asOf(table, symbol, newest).files : filesOf(table, symbol, date)
  const when = date === undefined ? 'AND timestamp = $newest::TIMESTAMPTZ' : ''
  const distance = 'abs(strike - median(underlying_price) OVER (PARTITION BY timestamp))'
  return scan(lake, {
    files,
    select:
      `SELECT * FROM (SELECT *, ${distance} AS distance FROM snapshots ` +
      `WHERE symbol = $symbol AND expiry = $expiry ${when}) ` +
      'QUALIFY distance = min(distance) OVER (PARTITION BY timestamp)',
    values: { symbol, expiry, ...(date === undefined && { newest: new Date(newest).toISOString() }) },
  })
}
