/** Progress and cancellation of work that may take minutes. */
export interface ProgressOptions {
  /** Stops the work when aborted; the work then throws the signal's reason. */
  readonly signal?: AbortSignal
  /** Counts in the unit of the work, such as files or rows. */
  onProgress?(done: number, total: number): void
}
