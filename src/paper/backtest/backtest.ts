import { type EpochMs, epochMs } from '../../market/units.ts'
import type { Trader } from '../trader.ts'
import type { BacktestReport, EquityPoint, Performance } from './performance.ts'
import type { SteppedClock } from './stepped-clock.ts'

export interface BacktestParts {
  readonly clock: SteppedClock
  readonly trader: Pick<Trader, 'cycle' | 'manage' | 'stop' | 'state'>
  readonly performance: Performance
  /** The next slot after a time; null at the end. */
  readonly slotAfter: (at: EpochMs) => Promise<EpochMs | null>
  /** Aborted by the user: the slot is finished, and the rest is left out. */
  readonly signal: AbortSignal
  /** Waits in real time before a slot, for a person who watches. */
  readonly waitFor?: (slot: EpochMs, before: EpochMs | null) => Promise<void>
  readonly onSlot?: (point: EquityPoint) => void
}

export interface BacktestSettings {
  /** The first slot is the first one after it, to the millisecond. */
  readonly from: EpochMs
  /** The last slot is the last one up to here. */
  readonly to: EpochMs
  /** From one slot to the next, ms: orders of a slot are looked after until then, and no longer over a night. */
  readonly slotMs: number
  /** Between two looks at orders that are open, ms. */
  readonly manageEveryMs: number
}

export interface BacktestOutcome extends BacktestReport {
  /** Whether the user stopped it before the last slot. */
  readonly isStopped: boolean
}

/** While no order is open nothing depends on a second; the close and the next day begin at whole minutes. */
const IDLE_STRIDE_MS = 60_000
/** How long the answers to the last cancels are waited for, ms of the replay. */
const STOP_LIMIT_MS = 30_000

/**
 * Plays stored slots to the trader, one after the other: the clock moves to the slot, whose quotes then stand; the trader
 * makes its round; its open orders are looked after until they are over or the next slot is due. The clock moves as far as
 * that needs and no further, so that nothing depends on how fast this machine is.
 */
export async function runBacktest(
  { from, to, slotMs, manageEveryMs }: BacktestSettings,
  { clock, trader, performance, slotAfter, signal, waitFor, onSlot }: BacktestParts,
): Promise<BacktestOutcome> {
  const hasOpenOrders = () =>
    [...trader.state().orders.values()].some(({ phase }) => phase === 'intended' || phase === 'open')

  async function manage(slot: EpochMs, until: EpochMs): Promise<void> {
    for (let at = slot + manageEveryMs; at < until && hasOpenOrders(); at += manageEveryMs) {
      await clock.advanceTo(epochMs(at))
      await clock.during(trader.manage(), until)
    }
  }

  let before: EpochMs | null = null
  let next = await slotAfter(from)
  while (next !== null && next <= to && !signal.aborted) {
    const slot: EpochMs = next
    await waitFor?.(slot, before)
    if (signal.aborted) break
    await (hasOpenOrders() ? clock.advanceTo(slot) : clock.advanceTo(slot, IDLE_STRIDE_MS))
    next = await slotAfter(slot)
    const until = epochMs(Math.min(slot + slotMs, next ?? Number.POSITIVE_INFINITY))
    await clock.during(trader.cycle(slot), until)
    onSlot?.(performance.slotEnded(slot))
    await manage(slot, until)
    before = slot
  }
  const isStopped = signal.aborted && next !== null && next <= to
  const reason = isStopped ? 'stopped by the user' : 'the replay has ended'
  await clock.during(trader.stop(reason, STOP_LIMIT_MS), epochMs(clock.now() + 2 * STOP_LIMIT_MS))
  return { ...performance.report(), isStopped }
}
