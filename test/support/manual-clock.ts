import type { Clock } from '../../src/market/clock.ts'
import { type EpochMs, epochMs } from '../../src/market/units.ts'

/** A clock that moves only when advanced, and whose wall time can be set, as by a user or NTP. */
export interface ManualClock extends Clock {
  /** The wall time had it never been set. */
  trueNow(): EpochMs
  /** Sets the wall clock forward (above 0) or back. */
  setBy(ms: number): void
  /** Advances by `ms`, waking every sleeper at its own time. */
  advance(ms: number): Promise<void>
  sleepers(): number
}

export function manualClock(startAt: EpochMs = epochMs(0)): ManualClock {
  let elapsedMs = 0
  let offsetMs = 0
  const asleep = new Set<{ atMs: number; wake: () => void }>()
  const trueNow = () => epochMs(startAt + Math.round(elapsedMs))

  async function advance(ms: number): Promise<void> {
    const endMs = elapsedMs + ms
    for (;;) {
      await settled()
      const next = earliest(asleep, endMs)
      if (!next) break
      elapsedMs = Math.max(elapsedMs, next.atMs)
      asleep.delete(next)
      next.wake()
    }
    elapsedMs = endMs
    await settled()
  }

  return {
    now: () => epochMs(trueNow() + offsetMs),
    monotonicMs: () => elapsedMs,
    trueNow,
    sleepers: () => asleep.size,
    setBy: (ms) => {
      offsetMs += ms
    },
    advance,
    machineMs: (ms) => ms,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        const giveUp = () => {
          asleep.delete(sleeper)
          reject(signal?.reason)
        }
        const wake = () => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        }
        const sleeper = { atMs: elapsedMs + Math.max(0, ms), wake }
        if (signal?.aborted) return reject(signal.reason)
        asleep.add(sleeper)
        signal?.addEventListener('abort', giveUp, { once: true })
      }),
  }
}

/** Far more turns of the microtask queue than one wake-up needs. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

function earliest<One extends { atMs: number }>(asleep: ReadonlySet<One>, endMs: number): One | undefined {
  let found: One | undefined
  for (const one of asleep) if (one.atMs <= endMs && (!found || one.atMs < found.atMs)) found = one
  return found
}
