import { SingleBar } from 'cli-progress'

/** Shows how far a walk over many files is; on a terminal only. */
export interface FilesBar {
  update(this: void, done: number, total: number): void
  stop(this: void): void
}

/** What takes less than this shows no bar. */
const QUICK_MS = 500

export function filesBar(what: string, interactive: boolean): FilesBar {
  if (!interactive) return { update: () => {}, stop: () => {} }
  const startedAtMs = performance.now()
  const bar = new SingleBar({
    format: `${what} {bar} {percentage}% {value}/{total} · {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
  })
  return {
    update: (done, total) => {
      if (bar.isActive) bar.update(done)
      else if (done < total && performance.now() - startedAtMs > QUICK_MS) bar.start(total, done)
    },
    stop: () => bar.stop(),
  }
}
