import type { Clock } from '../market/clock.ts'
import { type EpochMs, epochMs } from '../market/units.ts'
import { abortable } from '../process/abortable.ts'

/**
 * The decision after the wall clock was set. wall: the gateway confirms the new time. overruled: the gateway says
 * that the new time is wrong, and time continues as if the clock had not been set. unconfirmed: no gateway answered,
 * so the new time is accepted.
 */
export type ClockVerdict = 'wall' | 'overruled' | 'unconfirmed'

interface ClockDisciplineOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Asks the gateway for its time, in whole seconds; rejects when it does not answer. Null: there is no gateway to ask. */
  readonly askTime: ((signal: AbortSignal) => Promise<EpochMs>) | null
  /** How long to wait for the answer, ms. */
  readonly answerWithinMs: number
  /** The wall clock was set forward (above 0) or back, ms. */
  onStep(stepMs: number): void
  /**
   * The decision about the last step. If the clock is set again before it is made, one verdict covers both steps.
   * `at` is the time decided on.
   */
  onVerdict(verdict: ClockVerdict, at: EpochMs): void
}

/** Between two readings, NTP slewing and the granularity of the two clocks stay far below this; ms. */
const STEP_MS = 1_500
/** The gateway sends whole seconds, and its answer takes a moment; ms. */
const AGREES_MS = 3_000

/** A trusted wall-clock time, and the monotonic time at which it was true. */
interface Anchor {
  readonly wallMs: number
  readonly steadyMs: number
}

/**
 * A clock that survives changes of the system time. Every reading compares how far the wall clock and the monotonic
 * clock have advanced. After the wall clock is set, time continues as if it had not been, until the gateway confirms
 * one of the two. The clock must be read every few seconds.
 */
export function createDisciplinedClock(options: ClockDisciplineOptions): Clock {
  const { clock, signal, onStep, onVerdict } = options
  let anchor: Anchor | null = null
  let last: Anchor = { wallMs: clock.now(), steadyMs: clock.monotonicMs() }
  let steps = 0

  function now(): EpochMs {
    const read: Anchor = { wallMs: clock.now(), steadyMs: clock.monotonicMs() }
    const expectedMs = at(last, read.steadyMs)
    last = read
    if (Math.abs(read.wallMs - expectedMs) >= STEP_MS) {
      anchor ??= { wallMs: expectedMs, steadyMs: read.steadyMs }
      void settle(Math.round(read.wallMs - expectedMs))
    }
    return epochMs(Math.round(anchor ? at(anchor, read.steadyMs) : read.wallMs))
  }

  async function settle(stepMs: number): Promise<void> {
    const step = ++steps
    onStep(stepMs)
    const gatewayMs = await ask(options)
    if (step === steps && !signal.aborted) onVerdict(judge(gatewayMs), now())
  }

  function judge(gatewayMs: EpochMs | null): ClockVerdict {
    if (gatewayMs === null) {
      anchor = null
      return 'unconfirmed'
    }
    const wallErrorMs = Math.abs(clock.now() - gatewayMs)
    const untouchedErrorMs = Math.abs(now() - gatewayMs)
    if (wallErrorMs <= AGREES_MS || wallErrorMs <= untouchedErrorMs) {
      anchor = null
      return 'wall'
    }
    if (untouchedErrorMs > AGREES_MS) anchor = { wallMs: gatewayMs, steadyMs: clock.monotonicMs() }
    return 'overruled'
  }

  return { ...clock, now }
}

function at({ wallMs, steadyMs }: Anchor, nowSteadyMs: number): number {
  return wallMs + nowSteadyMs - steadyMs
}

/** The gateway's time; null when it fails or does not come in time, which the verdict `unconfirmed` reports. */
async function ask({
  clock,
  askTime,
  signal,
  answerWithinMs,
}: ClockDisciplineOptions): Promise<EpochMs | null> {
  if (!askTime) return null
  const waiting = abortable(signal)
  const answer = askTime(waiting.signal).catch(() => null)
  const late = clock.sleep(answerWithinMs, waiting.signal).then(
    () => null,
    () => null,
  )
  const first = await Promise.race([answer, late])
  waiting.abort(new Error('the wait for the gateway is over'))
  return first
}
