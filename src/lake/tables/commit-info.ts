import type { CommitInfo } from '../../delta/index.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'

/** Name and version of what wrote a commit. */
const ENGINE = 'optionlake/0.1.0'

/** What our commits say of slots; a commit without slots carries an empty record, for the checksum in it. */
interface SlotRecord {
  /** The slot that the commit stores; null where it stores none. */
  readonly slot: number | null
  readonly reports: readonly LedgerRow[]
}

interface CommitFacts extends Partial<SlotRecord> {
  /** Epoch milliseconds; left out where the time is not known. */
  readonly timestamp?: number
  readonly operationParameters?: Readonly<Record<string, string>>
  readonly readVersion?: number
  readonly isBlindAppend?: boolean
}

/** The `commitInfo` of every commit of ours. */
export function commitInfo(
  operation: 'CREATE TABLE' | 'ADD COLUMNS' | 'WRITE' | 'OPTIMIZE' | 'REPAIR',
  { timestamp, operationParameters, readVersion, isBlindAppend, slot = null, reports = [] }: CommitFacts = {},
): { readonly commitInfo: CommitInfo } {
  return {
    commitInfo: {
      ...(timestamp === undefined ? {} : { timestamp }),
      operation,
      ...(operationParameters ? { operationParameters } : {}),
      ...(readVersion === undefined ? {} : { readVersion }),
      ...(isBlindAppend === undefined ? {} : { isBlindAppend }),
      engineInfo: ENGINE,
      optionlake: { slot, reports } satisfies SlotRecord,
    },
  }
}

/** The record of slots in a commit; null in one of another program. */
export function slotRecordOf(info: CommitInfo): SlotRecord | null {
  // A checksum that does not match keeps a damaged record from being read at all.
  return (info.optionlake as SlotRecord | undefined) ?? null
}
