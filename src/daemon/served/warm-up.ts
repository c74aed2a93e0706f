import type { Clock } from '../../market/clock.ts'
import type { HttpSources } from '../../serve/sources.ts'

/** A start has more urgent work, ms. */
const FIRST_MS = 3_000
/** Between two looks whether a cycle has ended, ms. */
const AGAIN_MS = 1_000

/**
 * Reads once what the first page would wait for: the newest figures of each symbol and the year of its tenors take some
 * hundred milliseconds, later ones a few. Waits for cycles, and never rejects: what cannot be read now is told to whoever
 * asks for it.
 */
export async function warmUp(
  sources: Pick<HttpSources, 'symbols' | 'sessions' | 'marketData' | 'figuresOn' | 'tenors'>,
  {
    clock,
    signal,
    isCycleRunning,
  }: { readonly clock: Clock; readonly signal: AbortSignal; readonly isCycleRunning: () => boolean },
): Promise<void> {
  const wait = (ms: number) => clock.sleep(ms, signal)
  try {
    await wait(FIRST_MS)
    for (const symbol of sources.symbols) {
      const [newest] = await sources.sessions({ symbol })
      if (newest === undefined) continue
      const { date } = newest
      for (const read of [
        () => sources.marketData(symbol),
        () => sources.figuresOn(symbol, date),
        () => sources.tenors(symbol, date),
      ]) {
        while (isCycleRunning()) await wait(AGAIN_MS)
        if (signal.aborted) return
        await read()
      }
    }
  } catch {
    // Aborted, or a lake that cannot be read.
  }
}
