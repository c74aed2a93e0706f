import { SingleBar } from 'cli-progress'
import { openActivity } from './activity.ts'

/** Shows the progress of one task, on a terminal only. */
export interface ProgressBar {
  update(this: void, done: number, total: number): void
  close(this: void): void
}

/** Work that takes less than this shows no bar. */
const QUICK_MS = 150

/** The style of all bars. */
export const BAR_STYLE = {
  barCompleteChar: '█',
  barIncompleteChar: '░',
  hideCursor: true,
  fps: 10,
} as const

export function openProgressBar(label: string, interactive: boolean): ProgressBar {
  if (!interactive) return { update: () => {}, close: () => {} }
  const startedAtMs = performance.now()
  const activity = openActivity(label, interactive)
  const bar = new SingleBar({
    ...BAR_STYLE,
    format: `${label} {bar} {percentage}% {value}/{total} · {eta_formatted} left`,
    clearOnComplete: true,
  })
  return {
    update: (done, total) => {
      if (bar.isActive) bar.update(done)
      else if (done < total && performance.now() - startedAtMs > QUICK_MS) {
        activity.close()
        bar.start(total, done)
      }
    },
    close: () => {
      activity.close()
      bar.stop()
    },
  }
}
