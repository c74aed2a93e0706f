import type { AddFile } from '../../delta/actions.ts'
import type { Right } from '../../market/contract.ts'
import type { ConId, EpochMs, ExpiryDate, SessionDate } from '../../market/units.ts'
import type { ObservationRow, ObservationSource } from '../../snapshot/daily-observations.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { currentTable, type Lake } from '../open.ts'
import { readRows } from '../tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../tables/small-tables.ts'
import { type ColumnSelection, micros } from './chains.ts'
import { filesBetween } from './file-index.ts'
import { aggregate, scan } from './scan.ts'
import type { SnapshotColumn } from './scan-rows.ts'

/** A contract by what it is, or by IB's number of it. */
export type ContractName =
  | { readonly expiry: ExpiryDate; readonly strike: number; readonly right: Right }
  | { readonly conId: ConId }

/**
 * One contract's rows from one slot to another, both included, in order of time; a slot in which it did not answer
 * has none. Units and nulls as in `latestChain`. By number it takes a little longer: the files are sorted by
 * expiry, strike and right, so these are looked up first.
 * @throws Failure EXIT.io when log or data cannot be read.
 */
export async function contractHistory<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  asked: ContractName & { readonly from: EpochMs; readonly to: EpochMs } & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  const files = filesBetween(await currentTable(lake), symbol, asked)
  const contract = 'conId' in asked ? await lookUp(lake, files, asked.conId) : asked
  if (contract === null) return []
  const byNumber = 'conId' in asked ? ' AND con_id = $conId' : ''
  return scan(lake, {
    files,
    symbol,
    where:
      'expiry = $expiry AND strike = $strike AND "right" = $right AND ' +
      `timestamp BETWEEN make_timestamptz($from::BIGINT) AND make_timestamptz($to::BIGINT)${byNumber}`,
    values: {
      expiry: contract.expiry,
      strike: contract.strike,
      right: contract.right,
      from: micros(asked.from),
      to: micros(asked.to),
      ...('conId' in asked && { conId: BigInt(asked.conId) }),
    },
    columns: asked.columns,
  })
}

/**
 * The daily observations of a symbol from one New York date to another, both included, in order: its 30-day
 * volatility as a fraction a year, its close and the VIX; what was not observed is null. Of one source alone: our own
 * chains unless another is named, for histories of different sources must not be mixed. A session without an
 * observation has no row.
 * @throws Failure EXIT.io when log or data cannot be read.
 */
export async function ivHistory(
  lake: Lake,
  symbol: string,
  {
    source = 'chain',
    ...dates
  }: { readonly from: SessionDate; readonly to: SessionDate; readonly source?: ObservationSource },
): Promise<ObservationRow[]> {
  const rows = await readRows(lake, DAILY_OBSERVATIONS, { symbol, ...dates })
  return rows.filter((row) => row.source === source)
}

type Contract = Exclude<ContractName, { readonly conId: ConId }>

/** What a number stands for, by the newest file that has it. */
async function lookUp(lake: Lake, files: readonly AddFile[], conId: ConId): Promise<Contract | null> {
  const select = ' SELECT expiry, strike, "right" FROM files WHERE con_id = $conId LIMIT 1'
  for (const file of [...files].reverse()) {
    const [row] = await aggregate(lake, { files: [file], values: { conId: BigInt(conId) } }, select)
    if (row) return { expiry: row[0] as ExpiryDate, strike: row[1] as number, right: row[2] as Right }
  }
  return null
}
