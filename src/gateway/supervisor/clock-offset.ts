import type { EpochMs } from '../../market/units.ts'

/**
 * What the answered heartbeats say about the gateway's clock. The bounds are of its time minus the monotonic clock, so
 * that setting the wall clock of this machine does not change them.
 */
export interface ClockComparison {
  readonly lowMs: number
  readonly highMs: number
  /** Monotonic ms of the first heartbeat behind the bounds. */
  readonly sinceMs: number
  /** When the last heartbeat was answered. */
  readonly at: EpochMs
}

export interface ClockOffset {
  /** The gateway's clock minus ours, ms. */
  readonly offsetMs: number
  /** The offset is known to this much, ms: the gateway tells whole seconds. */
  readonly uncertaintyMs: number
  /** When the clocks were last compared. */
  readonly at: EpochMs
}

export type ClockOffsetLevel = 'ok' | 'warn' | 'fail'

/** Offsets above these are a warning and a failure, ms. */
const CLOCK_OFFSET_MS = { warn: 2_000, fail: 30_000 } as const

/** The gateway's time has no fractions of a second. */
const RESOLUTION_MS = 1_000
/** After this long the bounds are measured anew, since clocks drift. */
const WINDOW_MS = 600_000
/** An offset must fall this far below a limit before it is no longer above it: more than it may be off. */
const HYSTERESIS_MS = 600

/**
 * The comparison after one more answer. The gateway's time was read between question and answer and cut to whole
 * seconds, so every answer bounds the offset; the bounds of several answers together are narrower than a second.
 */
export function compareClocks(
  before: ClockComparison | null,
  answer: {
    /** In whole seconds. */
    readonly gatewayTime: EpochMs
    readonly roundTripMs: number
    /** The time of the answer, by both clocks. */
    readonly nowMs: number
    readonly at: EpochMs
  },
): ClockComparison {
  const { gatewayTime, roundTripMs, nowMs, at } = answer
  const lowMs = gatewayTime - nowMs
  const highMs = gatewayTime + RESOLUTION_MS - (nowMs - roundTripMs)
  if (before && nowMs - before.sinceMs < WINDOW_MS) {
    const both = { lowMs: Math.max(before.lowMs, lowMs), highMs: Math.min(before.highMs, highMs) }
    // They cannot both be right after the gateway's clock has been set.
    if (both.lowMs <= both.highMs) return { ...before, ...both, at }
  }
  return { lowMs, highMs, sinceMs: nowMs, at }
}

/** The offset of the gateway's clock from one that shows `at` when the monotonic clock shows `nowMs`. */
export function offsetOf(
  { lowMs, highMs, at: comparedAt }: ClockComparison,
  { at, nowMs }: { readonly at: EpochMs; readonly nowMs: number },
): ClockOffset {
  return {
    offsetMs: Math.round((lowMs + highMs) / 2 + nowMs - at),
    uncertaintyMs: Math.round((highMs - lowMs) / 2),
    at: comparedAt,
  }
}

/** The level of an offset, given the level before. */
export function offsetLevel(before: ClockOffsetLevel, { offsetMs }: ClockOffset): ClockOffsetLevel {
  const isAbove = (level: 'warn' | 'fail', wasAbove: boolean) =>
    Math.abs(offsetMs) > CLOCK_OFFSET_MS[level] - (wasAbove ? HYSTERESIS_MS : 0)
  if (isAbove('fail', before === 'fail')) return 'fail'
  return isAbove('warn', before !== 'ok') ? 'warn' : 'ok'
}

/** "the clock of this machine is 3.1 s behind that of the gateway" */
export function describeOffset({ offsetMs }: Pick<ClockOffset, 'offsetMs'>): string {
  const seconds = (Math.abs(offsetMs) / 1_000).toFixed(1)
  return `the clock of this machine is ${seconds} s ${offsetMs > 0 ? 'behind' : 'ahead of'} that of the gateway`
}
