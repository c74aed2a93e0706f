import { MultiBar, type SingleBar } from 'cli-progress'
import { count, minutesAndSeconds } from './format.ts'
import { BAR_STYLE } from './progress-bar.ts'

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
  const bars = new MultiBar({
    ...BAR_STYLE,
    format: '{label} {bar} {percentage}% {done} of {of} · {left} left',
    barsize: 20,
    stopOnComplete: false,
    gracefulExit: false,
  })
  const width = Math.max(8, ...labels.map((label) => label.length))
  const goingOn = new Map<number, { readonly bar: SingleBar; readonly fromMs: number; part: number }>()
  let ended = 0
  const all = bars.create(1, 0, {
    label: 'all runs'.padEnd(width),
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
      const fields = { label: (labels[at] as string).padEnd(width), done: 0, of: '–', left: '–' }
      goingOn.set(at, { bar: bars.create(1, 0, fields), fromMs: performance.now(), part: 0 })
    },
    advanced: (at, done, total) => {
      const one = goingOn.get(at)
      if (one === undefined) return
      one.part = total === null || total === 0 ? 0 : Math.min(1, done / total)
      one.bar.update(one.part, { done: count(done), of: count(total), left: leftAfter(one.part, one.fromMs) })
      updateAll()
    },
    note: (line) => bars.log(`${line}\n`),
    ended: (at, line) => {
      const one = goingOn.get(at)
      if (one !== undefined) bars.remove(one.bar)
      goingOn.delete(at)
      ended++
      if (line !== null) bars.log(`${line}\n`)
      updateAll()
    },
    close: () => {
      // Writes lines that have come since the last redrawing.
      bars.update()
      bars.stop()
    },
  }
}
