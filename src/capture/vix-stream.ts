import { VIX } from '../market/contract.ts'
import type { Cycle } from './cycle/cycle.ts'
import type { CaptureOptions } from './options.ts'

/** How long a short cycle waits for the first level of the VIX, from its start; ms. */
const FIRST_LEVEL_MS = 2_000

/** The stream of the VIX, which is opened beside the symbols and holds up none of them. */
interface VixStream {
  /** Resolves with the first level; at once in a cycle that has taken two seconds, or without a VIX. */
  firstLevel(): Promise<void>
}

export function startVixStream(
  { deadline, streams }: Pick<Cycle, 'deadline' | 'streams'>,
  { sessions, finder, lake: { clock } }: Pick<CaptureOptions, 'sessions' | 'finder' | 'lake'>,
): VixStream {
  const untilMs = clock.monotonicMs() + FIRST_LEVEL_MS

  async function open(): Promise<void> {
    const session = await sessions.ready(deadline.signal, deadline.leftMs())
    const vix = await finder.findVix(session, deadline.signal)
    if (!vix) return
    await streams.open(vix, session)
    await streams.waitFor('all', FIRST_LEVEL_MS, VIX.symbol)
  }

  // Whatever goes wrong, the slot then has no VIX, which its rows say.
  const opened = open().catch(() => {})
  return {
    firstLevel: async () => {
      const leftMs = Math.min(untilMs - clock.monotonicMs(), deadline.leftMs())
      if (leftMs > 0) await Promise.race([opened, clock.sleep(leftMs, deadline.signal).catch(() => {})])
    },
  }
}
