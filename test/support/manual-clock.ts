import type { Clock } from '../../src/market/clock.ts'
import { epochMs } from '../../src/market/units.ts'

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Goes on by so much, waking every sleeper at its own time. */
  advance(ms: number): Promise<void>
  sleepers(): number
}

export function manualClock(): ManualClock {
  let elapsedMs = 0
  const asleep = new Set<{ atMs: number; wake: () => void }>()
  // Far more turns of the microtask queue than one wake-up needs to run to its end.
  const settle = async () => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
  }
  return {
    now: () => epochMs(Math.round(elapsedMs)),
    monotonicMs: () => elapsedMs,
    sleepers: () => asleep.size,
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
        const sleeper = { atMs: elapsedMs + ms, wake }
        asleep.add(sleeper)
        signal?.addEventListener('abort', giveUp)
      }),
    advance: async (ms) => {
      const endMs = elapsedMs + ms
      for (;;) {
        await settle()
        const [next] = [...asleep].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)
        if (!next) break
        elapsedMs = Math.max(elapsedMs, next.atMs)
        asleep.delete(next)
        next.wake()
      }
      elapsedMs = endMs
      await settle()
    },
  }
}
