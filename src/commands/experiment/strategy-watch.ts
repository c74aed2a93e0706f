import { PHASE, SHARED } from './run-order.ts'

/** On top of the limit of a decision: a strategy that is only slow is reported by its own thread. */
const MAX_GRACE_MS = 2_000
const GRACE_FACTOR = 5
/** A strategy's file must have been loaded by then, ms. */
const LOAD_LIMIT_MS = 30_000
/** Between decisions: a callback of the strategy, or a disk, that takes longer hangs. ms. */
const BUSY_LIMIT_MS = 60_000

/** Looks from outside whether a thread goes on. */
export interface StrategyWatch {
  /** What is wrong, once it is. */
  readonly problem: string | null
  /** Called again and again; whether the thread hangs. */
  look(nowMs: number): boolean
}

/** @param shared what the thread says about itself */
export function createStrategyWatch(shared: Int32Array, decisionLimitMs: number): StrategyWatch {
  let seen: { readonly step: number; readonly phase: number; readonly atMs: number } | null = null
  let beat: { readonly count: number; readonly atMs: number } | null = null
  let problem: string | null = null
  return {
    get problem() {
      return problem
    },
    look: (nowMs) => {
      const [step, phase] = [Atomics.load(shared, SHARED.step), Atomics.load(shared, SHARED.phase)]
      if (seen?.step !== step || seen.phase !== phase) seen = { step, phase, atMs: nowMs }
      const beats = Atomics.load(shared, SHARED.beats)
      if (beat?.count !== beats || phase !== PHASE.waiting) beat = { count: beats, atMs: nowMs }
      if (phase === PHASE.waiting) {
        if (nowMs - Math.max(beat.atMs, seen.atMs) <= BUSY_LIMIT_MS) return false
        problem = `its thread did not answer for ${BUSY_LIMIT_MS / 1_000} s after step ${step} and was ended`
        return true
      }
      const limitMs = phase === PHASE.loading ? LOAD_LIMIT_MS : decisionLimitMs
      const graceMs = Math.min(MAX_GRACE_MS, GRACE_FACTOR * limitMs)
      if (nowMs - seen.atMs <= limitMs + graceMs) return false
      problem =
        phase === PHASE.loading
          ? `its file was not loaded within ${LOAD_LIMIT_MS / 1_000} s`
          : `it did not answer step ${step} and was ended: the limit is ${limitMs} ms`
      return true
    },
  }
}
