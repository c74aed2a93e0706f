import type { Lake } from '../lake/open.ts'
import { type CheckpointReport, writeCheckpoint } from './checkpoint.ts'
import { type Cleaned, cleanLog } from './clean-up.ts'
import type { Log } from './log.ts'

const DAY_MS = 24 * 3_600_000

/** How a lake's logs are kept short. */
export interface MaintenanceOptions {
  /** Commits between two checkpoints. */
  readonly checkpointEvery: number
  /** Days that commits stay although checkpoints cover them. */
  readonly logRetentionDays: number
  /** Days that the log remembers a replaced file after it is gone. */
  readonly removedRetentionDays: number
}

export const MAINTENANCE: MaintenanceOptions = {
  checkpointEvery: 100,
  logRetentionDays: 30,
  removedRetentionDays: 7,
}

/**
 * What became of the upkeep after a write. A failure is no failure of the write, which is acknowledged; the next write
 * tries again.
 */
export type MaintenanceReport =
  | { readonly kind: 'not_due' }
  | { readonly kind: 'done'; readonly checkpoint: CheckpointReport; readonly cleaned: Cleaned }
  | { readonly kind: 'failed'; readonly failure: Error }

/** Checkpoint and cleaning of a log whenever enough commits have come, or its checkpoint was found damaged. */
export async function maintain<File extends { readonly path: string }>(
  lake: Lake,
  log: Log<File>,
  settle: () => Promise<number> = async () => log.table.version,
): Promise<MaintenanceReport> {
  const due = log.table.version - log.checkpoint >= lake.upkeep.checkpointEvery || log.faults.length > 0
  if (!due) return { kind: 'not_due' }
  try {
    return { kind: 'done', ...(await renew(lake, log, settle)) }
  } catch (error) {
    // Whatever it was, also a defect: the write stands, and must not look as if it had failed.
    return { kind: 'failed', failure: error instanceof Error ? error : new Error(String(error)) }
  }
}

/**
 * Checkpoint and cleaning, due or not.
 * @param settle brings what the commits carry beside data to where it stays, and returns up to which version.
 * @throws Failure EXIT.io
 */
export async function renew<File extends { readonly path: string }>(
  lake: Lake,
  log: Log<File>,
  settle: () => Promise<number>,
): Promise<{ checkpoint: CheckpointReport; cleaned: Cleaned }> {
  const upTo = await settle()
  const now = lake.clock.now()
  const { checkpointEvery: _, logRetentionDays, removedRetentionDays } = lake.upkeep
  const checkpoint = await writeCheckpoint(log, {
    engine: lake.engine,
    forgetBefore: now - removedRetentionDays * DAY_MS,
  })
  return {
    checkpoint,
    cleaned: await cleanLog(log.folder, { before: now - logRetentionDays * DAY_MS, upTo }),
  }
}
