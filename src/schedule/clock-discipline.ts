import type { Clock } from '../market/clock.ts'
import { type EpochMs, epochMs } from '../market/units.ts'
import { abortable } from '../process/abortable.ts'

/**
 * wall: the gateway agrees with the clock as it now stands. overruled: the gateway says that the clock was set wrong,
 * and time goes on as if it had not been touched. unconfirmed: no gateway answered, so the clock is believed.
 */
export type ClockVerdict = 'wall' | 'overruled' | 'unconfirmed'

export interface ClockDisciplineEnv {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The gateway's time, whole seconds. Rejects where there is none; null: there is nobody to ask. */
  readonly askTime: ((signal: AbortSignal) => Promise<EpochMs>) | null
  /** How long an answer is waited for, ms. */
  readonly answerWithinMs: number
  /** The wall clock was set: by so many ms forward (above 0) or back. */
  onStep(stepMs: number): void
  /** What is believed since the last step. A step that follows before the verdict makes one verdict of both. */
  onVerdict(verdict: ClockVerdict): void
}

/** Slewing by NTP and the granularity of the two clocks stay far below this between two readings, ms. */
const STEP_MS = 1_500
/** The gateway tells whole seconds, and its answer takes a moment. */
const AGREES_MS = 3_000

/** A moment of the wall clock that is believed, and the monotonic time at it. */
interface Anchor {
  readonly wallMs: number
  readonly steadyMs: number
}

/**
 * The clock to work by. Every reading compares the wall clock's advance with the monotonic clock's; when the wall
 * clock was set, time goes on as if it had not been until the gateway, the referee, has said which to believe.
 * It has to be read every few seconds.
 */
export function createDisciplinedClock(env: ClockDisciplineEnv): Clock {
  const { clock } = env
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
    env.onStep(stepMs)
    const gatewayMs = await ask(env)
    if (step === steps && !env.signal.aborted) env.onVerdict(judge(gatewayMs))
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

/** Null where nobody answers in time: an answer that fails is as good as none here, and the verdict says so. */
async function ask({ clock, askTime, signal, answerWithinMs }: ClockDisciplineEnv): Promise<EpochMs | null> {
  if (!askTime) return null
  const waiting = abortable(signal)
  const answer = askTime(waiting.signal).catch(() => null)
  const late = clock.sleep(answerWithinMs, waiting.signal).then(
    () => null,
    () => null,
  )
  const first = await Promise.race([answer, late])
  waiting.abort(new Error('the time was asked for long enough'))
  return first
}
