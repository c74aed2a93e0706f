/** Checkpoint interval and log retention of a lake's tables. */
export interface MaintenanceOptions {
  /** Commits between two checkpoints. */
  readonly checkpointEvery: number
  /** Commits older than this many days are deleted once two checkpoints cover them. */
  readonly logRetentionDays: number
  /** Days that the log keeps the entry of a removed file. */
  readonly removedRetentionDays: number
}

export const MAINTENANCE: MaintenanceOptions = {
  checkpointEvery: 100,
  logRetentionDays: 30,
  removedRetentionDays: 7,
}
