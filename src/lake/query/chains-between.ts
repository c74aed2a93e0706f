import type { EpochMs } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { currentTable, type Lake } from '../open.ts'
import { type ColumnSelection, micros } from './chains.ts'
import { filesBetween } from './file-index.ts'
import { scan } from './scan.ts'
import type { SnapshotColumn } from './scan-rows.ts'

/**
 * Whole chains from one slot to another, both included, by slot: each sorted and with units and nulls as `latestChain`
 * has it. A slot without rows is not there. For going through many slots: one reading of the files serves all of them,
 * and all of their rows are in memory at once.
 * @throws Failure EXIT.io when log or data cannot be read.
 */
export async function chainsBetween<C extends SnapshotColumn>(
  lake: Lake,
  symbol: string,
  asked: { readonly from: EpochMs; readonly to: EpochMs } & ColumnSelection<C | 'timestamp'>,
): Promise<ReadonlyMap<EpochMs, readonly Pick<SnapshotRow, C | 'timestamp'>[]>> {
  const rows = await scan(lake, {
    files: filesBetween(await currentTable(lake), symbol, asked),
    symbol,
    where: 'timestamp BETWEEN make_timestamptz($from::BIGINT) AND make_timestamptz($to::BIGINT)',
    values: { from: micros(asked.from), to: micros(asked.to) },
    columns: asked.columns,
  })
  const slots = new Map<EpochMs, Pick<SnapshotRow, C | 'timestamp'>[]>()
  for (const row of rows) {
    const slot = row.timestamp as EpochMs
    const chain = slots.get(slot)
    if (chain) chain.push(row)
    else slots.set(slot, [row])
  }
  return slots
}
