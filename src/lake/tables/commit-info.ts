import type { CommitInfo } from '../../delta/index.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'

/** Name and version of the program, for commits. */
const ENGINE = 'optionlake/0.1.0'

/** The slot record in each of our commits. Empty in a commit without slots, but present, because it has the checksum. */
interface SlotRecord {
  /** The slot that the commit stores; null if it stores none. */
  readonly slot: number | null
  readonly reports: readonly LedgerRow[]
}

interface CommitFacts extends Partial<SlotRecord> {
  /** Epoch milliseconds; left out if the time is unknown. */
  readonly timestamp?: number
  readonly operationParameters?: Readonly<Record<string, string>>
  readonly readVersion?: number
  readonly isBlindAppend?: boolean
}

/** The `commitInfo` of each of our commits. */
export function commitInfo(
  operation: 'CREATE TABLE' | 'ADD COLUMNS' | 'WRITE' | 'OPTIMIZE' | 'REPAIR' | 'RESTORE',
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

/** The slot record of a commit; null if another program wrote the commit. */
export function slotRecordOf(info: CommitInfo): SlotRecord | null {
  // Not validated: commits with a wrong checksum are rejected before this.
  return (info.optionlake as SlotRecord | undefined) ?? null
}
