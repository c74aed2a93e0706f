import { newYorkDate } from '../../market/calendar.ts'
import { dateToExpiry, type EpochMs } from '../../market/units.ts'
import { type Bar, DAY_SECONDS, type QuoteChange, type Trade } from '../market/market.ts'
import { asInNewYork } from '../market/zones.ts'
import { encode } from './frames.ts'
import { formatGatewayTime, formatUtcTime, GATEWAY_ZONE } from './times.ts'

/** The layouts of history: bars, single ticks and what is known about them. What is not known is −1. */

/** 1: dates and times in the gateway's zone. 2: seconds since 1970; daily bars keep their dates. */
export type DateFormat = 1 | 2

/** How the bars of an answer are written. */
export interface BarFormat {
  readonly barSeconds: number
  readonly dateFormat: DateFormat
}

export function historicalData(
  requestId: number,
  bars: readonly Bar[],
  { range, ...format }: BarFormat & { readonly range: { from: EpochMs; to: EpochMs } },
): string {
  const rows = bars.flatMap((bar) => [
    ...[barDate(bar, format), bar.open, bar.high, bar.low, bar.close],
    ...[bar.volume ?? -1, bar.averagePrice ?? -1, bar.tradeCount ?? -1],
  ])
  const { from, to } = range
  return encode([17, requestId, formatGatewayTime(from), formatGatewayTime(to), bars.length, ...rows])
}

/** The latest bar of an open request; its fields have an order of their own. */
export function historicalDataUpdate(requestId: number, bar: Bar, format: BarFormat): string {
  return encode([
    ...[90, requestId, bar.tradeCount ?? -1, barDate(bar, format)],
    ...[bar.open, bar.close, bar.high, bar.low, bar.averagePrice ?? -1, bar.volume ?? -1],
  ])
}

function barDate({ startAt }: Bar, { barSeconds, dateFormat }: BarFormat): string {
  if (barSeconds >= DAY_SECONDS) return dateToExpiry(newYorkDate(startAt))
  return dateFormat === 2 ? String(seconds(startAt)) : formatGatewayTime(startAt)
}

export interface Schedule {
  readonly startAt: EpochMs
  readonly endAt: EpochMs
  readonly timeZoneId: string
  /** Times of the form `20260115-09:30:00` in that zone, and the date that the session belongs to. */
  readonly sessions: ReadonlyArray<{ readonly open: string; readonly close: string; readonly date: string }>
}

export function historicalSchedule(requestId: number, schedule: Schedule): string {
  const { sessions, timeZoneId } = schedule
  const [from, to] = [schedule.startAt, schedule.endAt].map((at) =>
    formatGatewayTime(asInNewYork(timeZoneId, at)).replace(` ${GATEWAY_ZONE}`, '').replace(' ', '-'),
  ) as [string, string]
  const rows = sessions.flatMap(({ open, close, date }) => [open, close, date])
  return encode([106, requestId, from, to, timeZoneId, sessions.length, ...rows])
}

export function headTimestamp(requestId: number, at: EpochMs, dateFormat: DateFormat): string {
  return encode([88, requestId, dateFormat === 2 ? seconds(at) : formatUtcTime(at)])
}

export function histogramData(requestId: number, sizes: ReadonlyMap<number, number>): string {
  const rows = [...sizes].sort(([a], [b]) => a - b).flat()
  return encode([89, requestId, sizes.size, ...rows])
}

export function realtimeBar(requestId: number, bar: Bar): string {
  return encode([
    ...[50, 3, requestId, seconds(bar.startAt), bar.open, bar.high, bar.low, bar.close],
    ...[bar.volume ?? -1, bar.averagePrice ?? -1, bar.tradeCount ?? -1],
  ])
}

/** A mid price at a time. */
export interface MidPoint {
  readonly at: EpochMs
  readonly price: number
}

/** The attribute masks are 0: no trade beyond a limit or unreported, no quote beyond the day's extremes. */
const NO_ATTRIBUTES = 0
const NO_CONDITIONS = ''

export function tickByTickTrade(
  requestId: number,
  type: 1 | 2,
  { at, price, size, exchange }: Trade,
): string {
  return encode([...[99, requestId, type, seconds(at), price, size, NO_ATTRIBUTES, exchange, NO_CONDITIONS]])
}

export function tickByTickQuote(requestId: number, quote: QuoteChange): string {
  const { bid, ask, bidSize, askSize } = quoteFields(quote)
  return encode([99, requestId, 3, seconds(quote.at), bid, ask, bidSize, askSize, NO_ATTRIBUTES])
}

export const tickByTickMidPoint = (requestId: number, { at, price }: MidPoint) =>
  encode([99, requestId, 4, seconds(at), price])

/** `1`: these are all. */
const DONE = 1

export function historicalTrades(requestId: number, trades: readonly Trade[]): string {
  const rows = trades.flatMap(({ at, price, size, exchange }) => [
    ...[seconds(at), NO_ATTRIBUTES, price, size, exchange, NO_CONDITIONS],
  ])
  return encode([98, requestId, trades.length, ...rows, DONE])
}

export function historicalQuotes(requestId: number, quotes: readonly QuoteChange[]): string {
  const rows = quotes.flatMap((quote) => {
    const { bid, ask, bidSize, askSize } = quoteFields(quote)
    return [seconds(quote.at), NO_ATTRIBUTES, bid, ask, bidSize, askSize]
  })
  return encode([97, requestId, quotes.length, ...rows, DONE])
}

export function historicalMidPoints(requestId: number, points: readonly MidPoint[]): string {
  const rows = points.flatMap(({ at, price }) => [seconds(at), 0, price, 0])
  return encode([96, requestId, points.length, ...rows, DONE])
}

/** A side without a quote is price −1 with size 0, as in a stream. */
function quoteFields({ bid, bidSize, ask, askSize }: QuoteChange) {
  return {
    bid: bid ?? -1,
    bidSize: bid === null ? 0 : (bidSize ?? 0),
    ask: ask ?? -1,
    askSize: ask === null ? 0 : (askSize ?? 0),
  }
}

function seconds(at: EpochMs): number {
  return Math.floor(at / 1_000)
}
