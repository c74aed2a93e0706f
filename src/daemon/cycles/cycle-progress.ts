import type { CaptureStage } from '../../capture/options.ts'
import type { HarvestProgress } from '../../harvest/collect.ts'
import type { Clock } from '../../market/clock.ts'
import type { EpochMs } from '../../market/units.ts'
import type { PageEvents } from '../../serve/events/page-events.ts'

/** Follows one cycle and tells what it does, not more often than a person can read. */
export interface CycleProgress {
  stage(stage: CaptureStage): void
  harvest(progress: HarvestProgress): void
  /** The cycle has ended, however it did. */
  end(): void
}

type CycleEvent = PageEvents['cycle']

/** Twice a second, real time. */
const LEAST_INTERVAL_MS = 500
/** The rate is that of the last seconds, ms of the clock. */
const RATE_WINDOW_MS = 3_000
/** A rate over less says nothing. */
const LEAST_RATE_MS = 500

/**
 * Adds up the symbols of a cycle. `realMs`: monotonic, and not faster than the wall clock as that of a simulated day may
 * be.
 */
export function createCycleProgress(
  slot: EpochMs,
  {
    clock,
    realMs,
    publish,
  }: {
    readonly clock: Pick<Clock, 'monotonicMs'>
    readonly realMs: () => number
    readonly publish: (event: CycleEvent) => void
  },
): CycleProgress {
  const symbols = new Map<string, { readonly requested: number; readonly answered: number; done: number }>()
  let samples: { readonly atMs: number; readonly done: number }[] = []
  let phase: CycleEvent['phase'] = 'chain'
  let saidAtMs = Number.NEGATIVE_INFINITY

  function say(): void {
    saidAtMs = realMs()
    const all = [...symbols.values()]
    publish({
      phase,
      slot: new Date(slot).toISOString(),
      requested: all.reduce((sum, one) => sum + one.requested, 0),
      answered: all.reduce((sum, one) => sum + one.answered, 0),
      contracts_per_second: phase === 'harvest' ? rateOf(samples) : null,
    })
  }

  function enter(next: CycleEvent['phase']): void {
    phase = next
    say()
  }

  return {
    stage: enter,
    harvest: ({ symbol, planned, answered, done }) => {
      // A second pass asks again for a few: what the first has done stays.
      const known = symbols.get(symbol) ?? { requested: 0, answered: 0, done: 0 }
      symbols.set(symbol, {
        requested: Math.max(known.requested, planned),
        answered: Math.max(known.answered, answered),
        done: Math.max(known.done, done),
      })
      const atMs = clock.monotonicMs()
      const sum = [...symbols.values()].reduce((total, one) => total + one.done, 0)
      samples = [...samples.filter((one) => one.atMs >= atMs - RATE_WINDOW_MS), { atMs, done: sum }]
      if (realMs() - saidAtMs >= LEAST_INTERVAL_MS) say()
    },
    end: () => enter('idle'),
  }
}

/** Contracts done a second; null while there is too little to say. */
function rateOf(samples: readonly { readonly atMs: number; readonly done: number }[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)]
  if (!first || !last || last.atMs - first.atMs < LEAST_RATE_MS) return null
  return Math.round((10_000 * (last.done - first.done)) / (last.atMs - first.atMs)) / 10
}
