import type { Right } from '../../market/contract.ts'
import type { ConId, EpochMs, ExpiryDate, SessionDate } from '../../market/units.ts'
import type { ObservationRow, ObservationSource } from '../../snapshot/daily-observations.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { timestampParameter } from '../engines/duckdb.ts'
import { currentState, type Lake } from '../open.ts'
import type { SnapshotFile } from '../tables/data-files.ts'
import { readRows } from '../tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../tables/small-tables.ts'
import { filesBetween } from './file-index.ts'
import { aggregate, scan } from './scan.ts'
import type { ColumnSelection, SnapshotColumn } from './scan-rows.ts'

/**
 * Identifies one contract by its terms or by IB's contract id. Terms without a trading class are those of every class, which
 * is more than one contract where two classes have the same expiry.
 */
export type ContractName =
  | {
      readonly expiry: ExpiryDate
      readonly strike: number
      readonly right: Right
      readonly tradingClass?: string
    }
  | { readonly conId: ConId }

/**
 * One contract's rows from one slot to another, inclusive, sorted by time, and then by trading class. A slot in which the contract did not answer
 * has no row. Units and nulls as in `latestChain`. A query by contract id takes a little longer than one by terms,
 * because the files are sorted by expiry, strike and right, which must be looked up first.
 * @throws Failure EXIT.io when the log or data cannot be read.
 */
export async function contractHistory<C extends SnapshotColumn = SnapshotColumn>(
  lake: Lake,
  symbol: string,
  query: ContractName & { readonly from: EpochMs; readonly to: EpochMs } & ColumnSelection<C>,
): Promise<Pick<SnapshotRow, C>[]> {
  const files = filesBetween(await currentState(lake), symbol, query)
  const contract = 'conId' in query ? await findTerms(lake, files, query.conId) : query
  if (contract === null) return []
  const { tradingClass } = contract
  const byContractId = 'conId' in query ? ' AND con_id = $conId' : ''
  const byClass = tradingClass === undefined ? '' : ' AND trading_class = $tradingClass'
  return scan(lake, {
    files,
    symbol,
    where:
      'expiry = $expiry AND strike = $strike AND "right" = $right AND ' +
      `timestamp BETWEEN make_timestamptz($from::BIGINT) AND make_timestamptz($to::BIGINT)${byContractId}${byClass}`,
    values: {
      expiry: contract.expiry,
      strike: contract.strike,
      right: contract.right,
      from: timestampParameter(query.from),
      to: timestampParameter(query.to),
      ...('conId' in query && { conId: BigInt(query.conId) }),
      ...(tradingClass !== undefined && { tradingClass }),
    },
    columns: query.columns,
  })
}

/**
 * The daily observations of a symbol from one trade date to another, inclusive, sorted by date: 30-day volatility as
 * an annual fraction, close and VIX. Values not observed are null. A session without an observation has no row. All
 * rows are from one source, because histories must not mix sources; the default is the lake's own option chains.
 * @throws Failure EXIT.io when the log or data cannot be read.
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

type ContractTerms = Exclude<ContractName, { readonly conId: ConId }>

/** The terms of a contract id, from the newest file that has it. */
async function findTerms(
  lake: Lake,
  files: readonly SnapshotFile[],
  conId: ConId,
): Promise<ContractTerms | null> {
  const select = ' SELECT expiry, strike, "right" FROM files WHERE con_id = $conId LIMIT 1'
  for (const file of [...files].reverse()) {
    const [row] = await aggregate(lake, { files: [file], values: { conId: BigInt(conId) } }, select)
    if (row) return { expiry: row[0] as ExpiryDate, strike: row[1] as number, right: row[2] as Right }
  }
  return null
}
