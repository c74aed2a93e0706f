import { type HistoryItem, historyItems, storeDailyBars, YEAR_DAYS } from '../../capture/backfill.ts'
import type { DailyBar } from '../../gateway/session/requests/contracts.ts'
import type { Lake } from '../../lake/open.ts'
import { newYorkDate, newYorkInstant } from '../../market/calendar.ts'
import { VIX } from '../../market/contract.ts'
import { addDays, epochMs, type SessionDate } from '../../market/units.ts'
import { DAY_SECONDS, type Market } from '../../simulator/market/market.ts'
import { stockIn } from './listed-chain.ts'

/** Stores the year of daily prices and volatilities before a date that a backfill on that morning would have fetched. */
export async function storePastPrices(
  lake: Lake,
  market: Market,
  { symbols, before }: { readonly symbols: readonly string[]; readonly before: SessionDate },
): Promise<void> {
  for (const item of historyItems(symbols)) {
    await storeDailyBars(lake, item, dailyBars(market, item, before), lake.clock.now())
  }
}

function dailyBars(market: Market, { symbol, what }: HistoryItem, before: SessionDate): DailyBar[] {
  const contract =
    symbol === VIX.symbol ? market.find({ symbol, secType: 'IND' })[0] : stockIn(market, symbol)
  if (!contract) return []
  const bars = market.bars(contract, what, {
    startAt: newYorkInstant(addDays(before, -YEAR_DAYS), '00:00'),
    endAt: newYorkInstant(before, '00:00'),
    barSeconds: DAY_SECONDS,
  })
  return bars.map(({ startAt, open, high, low, close, volume }) => ({
    date: newYorkDate(epochMs(startAt)),
    ...{ open, high, low, close, volume },
  }))
}
