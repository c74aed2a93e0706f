import type { DataFlowBlock } from '../gateway/session/data-flow.ts'

/**
 * The outages within one symbol's harvest: times in which no data can come, as the gateway says. Meanwhile nothing is
 * requested but a probe now and then, which shows that data come again. Pure; all times are monotonic ms.
 */
export interface Outages {
  /** The outage of the moment. */
  current: DataFlowBlock | null
  /** When the outage of the moment, or the last one, began; its reason may have changed since. */
  beganAtMs: number
  /** When the last one ended. */
  endedAtMs: number
  /** How long they have lasted together, the current one excluded. */
  totalMs: number
  probedAtMs: number
  probes: number
  /** The current one, or the one before. */
  last: DataFlowBlock | null
}

export function createOutages(): Outages {
  return {
    ...{ current: null, last: null },
    beganAtMs: Number.NEGATIVE_INFINITY,
    endedAtMs: Number.NEGATIVE_INFINITY,
    ...{ totalMs: 0, probes: 0, probedAtMs: Number.NEGATIVE_INFINITY },
  }
}

const PROBE_INTERVAL_MS = 5_000
/** Probes take turns among this many contracts: one of them may never answer. */
const PROBED_CONTRACTS = 8
/** A shorter outage does not explain that the time was not enough. */
const NOTABLE_MS = 5_000

/** Records what is known now. Returns whether an outage has just begun. */
export function observe(outages: Outages, block: DataFlowBlock | null, nowMs: number): boolean {
  const before = outages.current
  if (block) outages.last = block
  outages.current = block
  if (block && !before) {
    outages.beganAtMs = block.sinceMs
    // What was in flight when it began probes for itself.
    outages.probedAtMs = block.sinceMs
    return true
  }
  if (!block && before) {
    outages.endedAtMs = nowMs
    outages.totalMs += nowMs - outages.beganAtMs
  }
  return false
}

export function isProbeDue({ probedAtMs }: Outages, nowMs: number): boolean {
  return nowMs - probedAtMs >= PROBE_INTERVAL_MS
}

/** Which of the waiting contracts is the probe. */
export function takeProbe(outages: Outages, waiting: number, nowMs: number): number {
  outages.probedAtMs = nowMs
  outages.probes += 1
  return outages.probes % Math.min(waiting, PROBED_CONTRACTS)
}

/** Whether a request that was written then, and ends now, was open during an outage. */
export function wasDuringOutage({ current, endedAtMs }: Outages, sentAtMs: number): boolean {
  return current !== null || sentAtMs <= endedAtMs
}

/** The outage that explains why the time was not enough; null if there was none of any length. */
export function explainingOutage(
  { current, last, beganAtMs, totalMs }: Outages,
  nowMs: number,
): { readonly reason: DataFlowBlock['reason']; readonly detail: string } | null {
  const ms = totalMs + (current ? nowMs - beganAtMs : 0)
  const outage = current ?? last
  if (!outage || ms < NOTABLE_MS) return null
  return { reason: outage.reason, detail: `no data for ${Math.round(ms / 1_000)} s: ${outage.message}` }
}
