import type { CheckpointReport, CleanUpReport, DeltaTable, Located } from '../../delta/index.ts'
import { cleanUpLog, writeCheckpoint } from '../delta.ts'
import type { Lake } from '../open.ts'

const DAY_MS = 24 * 3_600_000

/** The result of the maintenance after a write. If it fails, the write stays committed, and the next write retries. */
export type MaintenanceReport =
  | { readonly kind: 'not_due' }
  | { readonly kind: 'done'; readonly checkpoint: CheckpointReport; readonly cleaned: CleanUpReport }
  | { readonly kind: 'failed'; readonly failure: Error }

/** Writes a checkpoint and cleans up the log if there are enough new commits, or if a damaged checkpoint was found. */
export async function maintain<File extends Located, Facts>(
  lake: Lake,
  table: DeltaTable<File, Facts>,
  settle: () => Promise<number> = async () => table.state.version,
): Promise<MaintenanceReport> {
  const newCommits = table.state.version - table.checkpoint
  if (newCommits < lake.maintenance.checkpointEvery && table.faults.length === 0) return { kind: 'not_due' }
  try {
    return { kind: 'done', ...(await maintainNow(lake, table, settle)) }
  } catch (error) {
    // Catches even programming errors: the write was committed and must not be reported as failed.
    return { kind: 'failed', failure: error instanceof Error ? error : new Error(String(error)) }
  }
}

/**
 * Writes a checkpoint and cleans up the log, due or not.
 * @param settle stores the reports in the commits elsewhere, and returns the version up to which it did.
 * @throws Failure EXIT.io
 */
export async function maintainNow<File extends Located, Facts>(
  lake: Lake,
  table: DeltaTable<File, Facts>,
  settle: () => Promise<number>,
): Promise<{ checkpoint: CheckpointReport; cleaned: CleanUpReport }> {
  const upTo = await settle()
  const now = lake.clock.now()
  const { logRetentionDays, removedRetentionDays } = lake.maintenance
  const checkpoint = await writeCheckpoint(table, { forgetBefore: now - removedRetentionDays * DAY_MS })
  return { checkpoint, cleaned: await cleanUpLog(table, { before: now - logRetentionDays * DAY_MS, upTo }) }
}
