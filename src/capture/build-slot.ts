import { setImmediate } from 'node:timers/promises'
import type { SymbolSlot } from '../lake/write/append.ts'
import { slotOf } from '../market/slot.ts'
import { reportMissing } from '../snapshot/symbol-report.ts'
import { buildSymbolSlot } from './build-rows.ts'
import type { Cycle } from './cycle/cycle.ts'
import { chainExpiryTimes } from './expiry-times.ts'
import type { CaptureOptions } from './options.ts'
import { type FetchedSymbol, isHarvested } from './symbol/fetched-symbol.ts'

/** Builds what the lake stores for every symbol of a slot: rows and report, or a report of why there are no rows. */
export async function buildSlot(
  fetched: readonly FetchedSymbol[],
  { slot, startedAt, streams }: Cycle,
  { config, sessions, quoteHistories }: CaptureOptions,
): Promise<SymbolSlot[]> {
  const outage = sessions.outage()
  const vix = streams.price('VIX')?.price ?? null
  const symbols: SymbolSlot[] = []
  for (const one of fetched) {
    const { symbol } = one
    if (isHarvested(one)) {
      const facts = {
        ...{ outage, vix, skipped: one.skipped, openInterest: one.chain.cache.openInterest },
        chain: one.note,
        underlyingPrice: streams.price(symbol)?.price ?? null,
        expiresAt: chainExpiryTimes(one.chain.cache),
      }
      const options = { analytics: config.analytics, quoteHistories }
      symbols.push(buildSymbolSlot({ ...one.harvest, startedAt }, slotOf(slot, symbol), facts, options))
    } else {
      const { reason, detail } = one
      const facts = { slot: slot.at, date: slotOf(slot, symbol).date, detail, startedAt }
      symbols.push({ symbol, rows: [], report: reportMissing(symbol, reason, facts) })
    }
    // Building a symbol's rows takes tens of milliseconds; this lets other work, such as /health, run in between.
    await setImmediate()
  }
  return symbols
}
