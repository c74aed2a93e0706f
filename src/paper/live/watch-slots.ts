import type { Clock } from '../../market/clock.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import type { Trader, TraderReport } from '../trader.ts'
import type { MarketSource } from './market-source.ts'

/** How often the collector is asked for a new slot, and the gateway's news are journaled, ms. */
const ROUND_MS = 2_000

/**
 * Lets the trader decide on each slot once it is stored, and manage its orders in between, until the signal. A round that
 * fails is told and the next one tried; an error that `isFatal` names ends it.
 */
export async function watchSlots(
  { trader, market, symbols }: { trader: Trader; market: MarketSource; symbols: readonly string[] },
  {
    clock,
    signal,
    onReport,
    onTrouble,
    isFatal,
  }: {
    readonly clock: Clock
    readonly signal: AbortSignal
    onReport(report: TraderReport): void
    onTrouble(error: unknown): void
    isFatal(error: unknown): boolean
  },
): Promise<void> {
  let decided: EpochMs | null = null
  while (!signal.aborted) {
    try {
      const slot = await newestSlot(market, symbols)
      const isNew = slot !== null && (decided === null || slot > decided)
      onReport(await (isNew ? trader.cycle(slot) : trader.manage()))
      if (isNew) decided = slot
    } catch (error) {
      if (isFatal(error)) throw error
      onTrouble(error)
    }
    await clock.sleep(ROUND_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}

/** The newest slot of any symbol; those that lack it say so in their decision. */
async function newestSlot(market: MarketSource, symbols: readonly string[]): Promise<EpochMs | null> {
  let newest: EpochMs | null = null
  for (const symbol of symbols) {
    const { slot } = await market.figures(symbol)
    const at = slot === null ? null : epochMs(Date.parse(slot))
    if (at !== null && (newest === null || at > newest)) newest = at
  }
  return newest
}
