import { newYorkDate } from '../../market/calendar.ts'
import { dateToExpiry } from '../../market/units.ts'
import { type Bar, DAY_SECONDS } from '../market/market.ts'
import { encode } from './frames.ts'
import { formatGatewayTime } from './times.ts'

/** 1: dates and times in the gateway's zone. 2: seconds since 1970; daily bars keep their dates. */
export type DateFormat = 1 | 2

/** What a bar does not know is −1, the protocol's "not available". */
export function historicalData(
  requestId: number,
  bars: readonly Bar[],
  { range, ...form }: { range: { from: string; to: string }; barSeconds: number; dateFormat: DateFormat },
): string {
  const rows = bars.flatMap((bar) => [
    ...[barDate(bar, form), bar.open, bar.high, bar.low, bar.close],
    ...[bar.volume ?? -1, bar.averagePrice ?? -1, bar.tradeCount ?? -1],
  ])
  return encode([17, requestId, range.from, range.to, bars.length, ...rows])
}

function barDate(
  { startAt }: Bar,
  { barSeconds, dateFormat }: { barSeconds: number; dateFormat: DateFormat },
): string {
  if (barSeconds >= DAY_SECONDS) return dateToExpiry(newYorkDate(startAt))
  return dateFormat === 2 ? String(Math.floor(startAt / 1_000)) : formatGatewayTime(startAt)
}
