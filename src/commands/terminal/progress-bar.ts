import { SingleBar } from 'cli-progress'
import { openActivity } from './activity.ts'
import { type Screen, screenOf } from './screen.ts'
import { wrapped } from './wrap.ts'

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
  clearOnComplete: true,
  fps: 10,
} as const

/** Whether bars leave out what is least important beside them. */
export function isNarrow({ columns }: Pick<Screen, 'columns'>): boolean {
  return columns !== null && columns < 80
}

/** The characters of a bar that has `others` beside it, at most `most`. */
export function barSize(others: number, most: number, { columns }: Pick<Screen, 'columns'>): number {
  return Math.max(4, Math.min(most, (columns ?? Number.POSITIVE_INFINITY) - others))
}

/** A line that is written above bars: each line of it clears what is left of the bar that stood there. */
export function lineAboveBars(line: string, screen: Pick<Screen, 'columns'>): string {
  return wrapped(line, screen).replace(/$/gm, '\u001b[K').concat('\n')
}

/** 75 → "1m15s". */
function timeLeft(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), Math.ceil(seconds % 60)]
  if (minutes === 0) return `${rest}s`
  return minutes < 60 ? `${minutes}m${rest}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m`
}

/** What stands beside a bar: " 100% 226,462/226,462 · 1h30m left". */
const OTHERS = 38

export function openProgressBar(label: string, interactive: boolean): ProgressBar {
  if (!interactive) return { update: () => {}, close: () => {} }
  const startedAtMs = performance.now()
  const activity = openActivity(label, interactive)
  const bar = new SingleBar({
    ...BAR_STYLE,
    format: `${label} {bar} {percentage}% {value}/{total} · {eta_formatted} left`,
    barsize: barSize(label.length + OTHERS, 40, screenOf(process.stderr)),
    formatTime: (seconds) => (Number.isFinite(seconds) ? timeLeft(seconds) : '?'),
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
