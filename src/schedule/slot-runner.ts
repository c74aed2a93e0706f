import type { Clock } from '../market/clock.ts'
import type { DueSlot } from '../market/slot.ts'
import { type EpochMs, epochMs } from '../market/units.ts'
import { decideSlots, type HandledSlots, slotAfter, type Timetable } from './slots.ts'

/** Handles slots one after another: records those that were missed, then collects the one that is due. */
interface SlotRunner {
  /** Starts what `decideSlots` decides, unless work is already in progress. Throws what `decideSlots` throws. */
  act(now: EpochMs): void
  state(now: EpochMs): SlotRunnerState
  /** Resolves once no work is in progress. */
  settled(): Promise<void>
}

export interface SlotRunnerState {
  /** The slot that is being collected; null while none is. */
  readonly running: DueSlot | null
  /** When its collection began, ms of the monotonic clock; null while none runs. */
  readonly runningSinceMs: number | null
  readonly next: DueSlot
  /** Missed slots that could not be recorded yet. */
  readonly unrecorded: number
}

export interface SlotRunnerOptions {
  readonly clock: Clock
  /** Once aborted, no further slot is started; one that is being collected is not cut short. */
  readonly signal: AbortSignal
  /** Read at every check: the gateway's trading hours may change it. */
  timetable(): Timetable
  /** The newest slots in the ledger. */
  readonly lastHandled: HandledSlots
  /** Collects one slot. Never called while an earlier call is open, and never twice for a slot. */
  run(slot: DueSlot): Promise<void>
  /** Records slots that can no longer be collected. Called again with the same slots when it rejects. */
  recordMissed(slots: readonly DueSlot[]): Promise<void>
  onFailed(what: 'run' | 'record', error: unknown): void
}

/** Most missed slots that wait to be recorded; a year of full days of a future is 69,552. */
const MAX_UNRECORDED = 70_000

export function createSlotRunner({
  clock,
  signal,
  timetable,
  lastHandled,
  run,
  recordMissed,
  onFailed,
}: SlotRunnerOptions): SlotRunner {
  const handled = new Map(lastHandled)
  let unrecorded: readonly DueSlot[] = []
  let running: { slot: DueSlot; sinceMs: number } | null = null
  let work: Promise<void> | null = null

  function act(now: EpochMs): void {
    if (work !== null) return
    const { due, missed } = decideSlots(handled, now, timetable())
    for (const { at, symbols } of due ? [...missed, due] : missed) {
      for (const symbol of symbols) handled.set(symbol, at)
    }
    unrecorded = [...unrecorded, ...missed].slice(-MAX_UNRECORDED)
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
      await recordMissed(unrecorded)
      unrecorded = []
    } catch (error) {
      onFailed('record', error)
    }
  }

  async function collect(slot: DueSlot | null): Promise<void> {
    if (!slot || signal.aborted) return
    running = { slot, sinceMs: clock.monotonicMs() }
    try {
      await run(slot)
    } catch (error) {
      onFailed('run', error)
    } finally {
      running = null
    }
  }

  return {
    act,
    state: (now) => ({
      running: running?.slot ?? null,
      runningSinceMs: running?.sinceMs ?? null,
      next: slotAfter(epochMs(Math.max(now, ...handled.values())), timetable()),
      unrecorded: unrecorded.length,
    }),
    settled: async () => {
      await work
    },
  }
}
