/** How a caller follows and ends work that may take minutes. */
export interface ProgressOptions {
  /** Ends the work when aborted; its reason is then thrown. */
  readonly signal?: AbortSignal
  /** Counts of the work's own units, such as files or rows. */
  onProgress?(done: number, total: number): void
}
