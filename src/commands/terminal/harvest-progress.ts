import { MultiBar, type SingleBar } from 'cli-progress'
import type { HarvestProgress } from '../../harvest/collect.ts'
import { clockSeconds, count } from './table.ts'

/** Shows how far each symbol's harvest is. */
export interface ProgressView {
  update(progress: HarvestProgress): void
  stop(): void
}

/** Lines are this far apart where there is no terminal. */
const LINE_EVERY_MS = 5_000

/** One bar a symbol on a terminal; elsewhere a plain line every few seconds and one at each symbol's end. */
export function openProgress(interactive: boolean, say: (line: string) => void): ProgressView {
  // Counted from the first contract on: before that, the chains are listed.
  let startedAtMs: number | null = null
  const view = interactive ? bars() : lines(say)
  return {
    update: (progress) => {
      startedAtMs ??= performance.now()
      view.update(progress, startedAtMs)
    },
    stop: view.stop,
  }
}

/** The same, told when the harvest began. */
interface TimedView {
  update(progress: HarvestProgress, startedAtMs: number): void
  stop(): void
}

function bars(): TimedView {
  const all = new MultiBar({
    format: '{symbol} {bar} {percentage}% {value}/{total} · {complete} complete · {rate}/s · {eta_text} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 20,
    hideCursor: true,
    stopOnComplete: false,
    fps: 10,
  })
  const bySymbol = new Map<string, SingleBar>()
  return {
    update: (progress, startedAtMs) => {
      const { symbol, planned, done, complete } = progress
      const bar = bySymbol.get(symbol) ?? all.create(planned, 0, facts(progress, startedAtMs))
      bySymbol.set(symbol, bar)
      bar.update(done, { ...facts(progress, startedAtMs), complete })
    },
    stop: () => all.stop(),
  }
}

function facts(progress: HarvestProgress, startedAtMs: number) {
  const { symbol, planned, done, complete } = progress
  const perSecond = done / Math.max(0.001, (performance.now() - startedAtMs) / 1_000)
  const eta = perSecond > 0 ? clockSeconds((planned - done) / perSecond) : '–'
  return {
    symbol: symbol.padEnd(5),
    complete,
    rate: perSecond.toFixed(perSecond < 100 ? 1 : 0),
    eta_text: eta,
  }
}

function lines(say: (line: string) => void): TimedView {
  const saidAtMs = new Map<string, number>()
  return {
    update: (progress, startedAtMs) => {
      const { symbol, planned, done } = progress
      const now = performance.now()
      const last = saidAtMs.get(symbol) ?? startedAtMs
      if (done < planned && now - last < LINE_EVERY_MS) return
      saidAtMs.set(symbol, now)
      const { rate, complete, eta_text } = facts(progress, startedAtMs)
      say(
        `${symbol}: ${count(done)} of ${count(planned)}, ${count(complete)} complete, ${rate}/s, ${eta_text} left`,
      )
    },
    stop: () => {},
  }
}
