import { MultiBar, type SingleBar } from 'cli-progress'
import type { HarvestProgress } from '../../harvest/collect.ts'
import { count, minutesAndSeconds } from './format.ts'
import { BAR_STYLE, barSize, isNarrow } from './progress-bar.ts'
import { screenOf } from './screen.ts'

/** Shows the progress of each symbol's harvest. */
export interface HarvestProgressView {
  update(progress: HarvestProgress): void
  close(): void
}

/** Without a terminal: shortest interval between two lines of one symbol. */
const LINE_EVERY_MS = 5_000

/** One bar a symbol on a terminal; elsewhere a line every few seconds, and one when a symbol is done. */
export function openHarvestProgress(
  interactive: boolean,
  printStatus: (line: string) => void,
): HarvestProgressView {
  // Rates count from the first contract; the time before it is spent on listing the chains.
  let startedAtMs: number | null = null
  const view = interactive ? bars() : lines(printStatus)
  return {
    update: (progress) => {
      startedAtMs ??= performance.now()
      view.update(progress, startedAtMs)
    },
    close: view.close,
  }
}

interface View {
  update(progress: HarvestProgress, startedAtMs: number): void
  close(): void
}

function bars(): View {
  const screen = screenOf(process.stderr)
  const narrow = isNarrow(screen)
  const all = new MultiBar({
    ...BAR_STYLE,
    format: `{symbol} {bar} {percentage}% {value}/{total}${narrow ? '' : ' · {complete} complete'} · {rate}/s · {left} left`,
    barsize: barSize(narrow ? 42 : 58, 20, screen),
    stopOnComplete: false,
  })
  const bySymbol = new Map<string, SingleBar>()
  let isClosed = false
  return {
    update: (progress, startedAtMs) => {
      const { symbol, planned, done } = progress
      const fields = fieldsOf(progress, startedAtMs)
      const bar = bySymbol.get(symbol) ?? all.create(planned, 0, fields)
      bySymbol.set(symbol, bar)
      bar.update(done, fields)
    },
    close: () => {
      // Stopped again it would clear what has been written since.
      if (!isClosed) all.stop()
      isClosed = true
    },
  }
}

function fieldsOf({ symbol, planned, done, complete }: HarvestProgress, startedAtMs: number) {
  const perSecond = done / Math.max(0.001, (performance.now() - startedAtMs) / 1_000)
  return {
    symbol: symbol.padEnd(5),
    complete,
    rate: perSecond.toFixed(perSecond < 100 ? 1 : 0),
    left: perSecond > 0 ? minutesAndSeconds((planned - done) / perSecond) : '–',
  }
}

function lines(printStatus: (line: string) => void): View {
  const saidAtMs = new Map<string, number>()
  const finished = new Set<string>()
  return {
    update: (progress, startedAtMs) => {
      const { symbol, planned, done } = progress
      const nowMs = performance.now()
      const lastMs = saidAtMs.get(symbol) ?? startedAtMs
      if (done < planned ? nowMs - lastMs < LINE_EVERY_MS : finished.has(symbol)) return
      if (done >= planned) finished.add(symbol)
      saidAtMs.set(symbol, nowMs)
      const { rate, complete, left } = fieldsOf(progress, startedAtMs)
      printStatus(
        `${symbol}: ${count(done)} of ${count(planned)}, ${count(complete)} complete, ${rate}/s, ${left} left`,
      )
    },
    close: () => {},
  }
}
