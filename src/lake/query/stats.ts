import type { EpochMs } from '../../market/units.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import { currentState, type Lake } from '../open.ts'
import { countStoredSlots, type LedgerFilter, ledger } from '../tables/ledger.ts'
import type { LakeSource } from '../tables/schema.ts'

/**
 * Contents of the lake. Computed from the logs; of `option_snapshots` only footers of files without statistics are read.
 * Unreadable files are not counted: `optionlake verify` lists them.
 */
export interface LakeStats {
  readonly source: LakeSource
  readonly version: number
  readonly rows: number
  /** Symbols with rows, sorted. */
  readonly symbols: readonly string[]
  /** Number of slots in which at least one symbol has rows. */
  readonly slots: number
  /** Null if there are no rows. */
  readonly firstSlot: EpochMs | null
  readonly lastSlot: EpochMs | null
  readonly files: number
  /** Bytes of the data files of the newest version, without replaced files still on disk. */
  readonly bytes: number
  /** Null if there are no rows. */
  readonly bytesPerRow: number | null
}

export async function stats(lake: Lake): Promise<LakeStats> {
  const table = await currentState(lake)
  const files = [...table.files.values()].filter((file) => (file.rows ?? 0) > 0)
  const rows = files.reduce((sum, file) => sum + (file.rows ?? 0), 0)
  const bytes = files.reduce((sum, file) => sum + file.size, 0)
  return {
    source: lake.source,
    version: table.version,
    rows,
    symbols: [...new Set(files.map((file) => file.symbol))].sort(),
    slots: await countStoredSlots(lake),
    firstSlot: files.reduce<EpochMs | null>((least, { minSlot }) => extreme(least, minSlot, -1), null),
    lastSlot: files.reduce<EpochMs | null>((most, { maxSlot }) => extreme(most, maxSlot, 1), null),
    files: files.length,
    bytes,
    bytesPerRow: rows === 0 ? null : bytes / rows,
  }
}

/**
 * The slot ledger: one report for each slot and symbol, sorted by slot and symbol, optionally of one trade date, a
 * range of dates, or one symbol. If a slot ran several times, it has the newest report with the best outcome. Timestamps are epoch
 * milliseconds.
 */
export async function slots(lake: Lake, only: LedgerFilter = {}): Promise<LedgerRow[]> {
  return ledger(lake, only)
}

function extreme(known: EpochMs | null, value: EpochMs, sign: 1 | -1): EpochMs {
  return known === null || (value - known) * sign > 0 ? value : known
}
