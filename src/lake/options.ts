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
