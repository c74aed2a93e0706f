import type { Clock } from '../market/clock.ts'
import type { Slot } from '../market/slot.ts'
import type { EpochMs } from '../market/units.ts'
import { decideSlots, slotAfter, type Timetable } from './slots.ts'

/** What is done about slots, one thing at a time: recording those that were missed, then collecting the one that is due. */
export interface SlotRunner {
  /** Begins what `decide` says, unless something is being done. Throws what `decide` throws. */
  act(now: EpochMs): void
  state(now: EpochMs): SlotRunnerState
  /** Resolves once nothing is being done. */
  settled(): Promise<void>
}

export interface SlotRunnerState {
  /** The slot that is being collected. */
  readonly running: Slot | null
  /** Since when, ms of the monotonic clock; null while nothing runs. */
  readonly runningSinceMs: number | null
  readonly next: Slot
  /** Missed slots that could not be recorded yet. */
  readonly unrecorded: number
}

export interface SlotRunnerEnv {
  readonly clock: Clock
  /** Aborted, no slot is begun any more; one that is being collected is not cut short by it. */
  readonly signal: AbortSignal
  /** Asked at every look, so that the gateway's hours may change it. */
  timetable(): Timetable
  /** The newest slot of the ledger; null where it is empty. */
  readonly lastHandled: EpochMs | null
  /** Collects one slot. Never called while an earlier call is open, and never twice for a slot. */
  run(slot: Slot): Promise<void>
  /** Records slots that nobody can collect any more. Called again with the same ones when it rejects. */
  recordMissed(slots: readonly Slot[]): Promise<void>
  onFailed(what: 'run' | 'record', error: unknown): void
}

/** Slots that wait to be recorded; a year of full days fits. */
const MOST_UNRECORDED = 20_000

export function createSlotRunner(env: SlotRunnerEnv): SlotRunner {
  let handled = env.lastHandled
  let unrecorded: readonly Slot[] = []
  let running: { slot: Slot; sinceMs: number } | null = null
  let work: Promise<void> | null = null

  function act(now: EpochMs): void {
    if (work !== null) return
    const { due, missed } = decideSlots(handled, now, env.timetable())
    const newest = due ?? missed.at(-1)
    if (newest) handled = newest.at
    unrecorded = [...unrecorded, ...missed].slice(-MOST_UNRECORDED)
    if (!due && unrecorded.length === 0) return
    work = record()
      .then(() => collect(due))
      .finally(() => {
        work = null
      })
  }

  async function record(): Promise<void> {
    if (unrecorded.length === 0) return
    try {
      await env.recordMissed(unrecorded)
      unrecorded = []
    } catch (error) {
      env.onFailed('record', error)
    }
  }

  async function collect(slot: Slot | null): Promise<void> {
    if (!slot || env.signal.aborted) return
    running = { slot, sinceMs: env.clock.monotonicMs() }
    try {
      await env.run(slot)
    } catch (error) {
      env.onFailed('run', error)
    } finally {
      running = null
    }
  }

  return {
    act,
    state: (now) => ({
      running: running?.slot ?? null,
      runningSinceMs: running?.sinceMs ?? null,
      next: slotAfter(handled !== null && handled > now ? handled : now, env.timetable()),
      unrecorded: unrecorded.length,
    }),
    settled: async () => {
      await work
    },
  }
}
