/** How a lake's logs are kept short. */
export interface MaintenanceOptions {
  /** Commits between two checkpoints. */
  readonly checkpointEvery: number
  /** Days that commits are kept after two checkpoints cover them. */
  readonly logRetentionDays: number
  /** Days that the log remembers a removed file after it was deleted. */
  readonly removedRetentionDays: number
}

export const MAINTENANCE: MaintenanceOptions = {
  checkpointEvery: 100,
  logRetentionDays: 30,
  removedRetentionDays: 7,
}
