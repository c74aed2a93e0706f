import { MultiBar, type SingleBar } from 'cli-progress'
import { count, minutesAndSeconds } from './format.ts'
import { BAR_STYLE, barSize, isNarrow, lineAboveBars } from './progress-bar.ts'
import { screenOf } from './screen.ts'

/** Shows many runs that go on side by side; `at` is the place of a run in the list. */
export interface RunProgressView {
  started(at: number): void
  /** `total` is null where nobody knows how long the run is. */
  advanced(at: number, done: number, total: number | null): void
  /** Shows a line above the bars. */
  note(line: string): void
  /** The line is shown above the bars, or as it is without a terminal; null shows none. */
  ended(at: number, line: string | null): void
  close(): void
}

/**
 * On a terminal one bar for each run that goes on and one over all; elsewhere only the lines of the runs that have ended.
 * @param labels name the runs, in the order of the list
 */
export function openRunProgress(
  labels: readonly string[],
  interactive: boolean,
  printStatus: (line: string) => void,
): RunProgressView {
  if (!interactive) {
    return {
      started: () => {},
      advanced: () => {},
      note: printStatus,
      ended: (_, line) => line !== null && printStatus(line),
      close: () => {},
    }
  }
  const startedAtMs = performance.now()
  const screen = screenOf(process.stderr)
  const narrow = isNarrow(screen)
  const others = narrow ? 22 : 40
  const width = Math.min(
    Math.max(8, ...labels.map((label) => label.length)),
    Math.max(8, (screen.columns ?? 80) - others - 4),
  )
  const bars = new MultiBar({
    ...BAR_STYLE,
    format: `{label} {bar} {percentage}%${narrow ? '' : ' {done} of {of}'} · {left} left`,
    barsize: barSize(width + others, 20, screen),
    stopOnComplete: false,
    gracefulExit: false,
  })
  // The end of a label tells runs apart.
  const labelled = (label: string) =>
    label.length > width ? `…${label.slice(1 - width)}` : label.padEnd(width)
  let isClosed = false
  const goingOn = new Map<number, { readonly bar: SingleBar; readonly fromMs: number; part: number }>()
  let ended = 0
  const all = bars.create(1, 0, {
    label: labelled('all runs'),
    done: 0,
    of: count(labels.length),
    left: '–',
  })

  const leftAfter = (part: number, fromMs: number) =>
    part > 0 ? minutesAndSeconds(((performance.now() - fromMs) * (1 - part)) / part / 1_000) : '–'

  function updateAll(): void {
    let part = ended
    for (const one of goingOn.values()) part += one.part
    const whole = labels.length === 0 ? 1 : part / labels.length
    all.update(whole, { done: count(ended), left: leftAfter(whole, startedAtMs) })
  }

  return {
    started: (at) => {
      const fields = { label: labelled(labels[at] as string), done: 0, of: '–', left: '–' }
      goingOn.set(at, { bar: bars.create(1, 0, fields), fromMs: performance.now(), part: 0 })
    },
    advanced: (at, done, total) => {
      const one = goingOn.get(at)
      if (one === undefined) return
      one.part = total === null || total === 0 ? 0 : Math.min(1, done / total)
      one.bar.update(one.part, { done: count(done), of: count(total), left: leftAfter(one.part, one.fromMs) })
      updateAll()
    },
    note: (line) => bars.log(lineAboveBars(line, screen)),
    ended: (at, line) => {
      const one = goingOn.get(at)
      if (one !== undefined) bars.remove(one.bar)
      goingOn.delete(at)
      ended++
      if (line !== null) bars.log(lineAboveBars(line, screen))
      updateAll()
    },
    close: () => {
      if (isClosed) return
      isClosed = true
      // Writes lines that have come since the last redrawing.
      bars.update()
      bars.stop()
    },
  }
}
