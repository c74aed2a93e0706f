import { deciCents } from './names.ts'

// One line of each of LEAN's text files. Times are milliseconds since midnight in New York, of the minute's start.

const MINUTE_MS = 60_000

/** One side of a quote; null where there is none. */
export interface LeanSide {
  readonly price: number
  readonly size: number
}

/** A side of a row: none without a price or with one of zero. A size that is not known is zero, as in LEAN. */
export function leanSide(price: number | null, size: number | null): LeanSide | null {
  return price === null || price <= 0 ? null : { price, size: size ?? 0 }
}

/** The start of the minute of a time, in ms since midnight; null if it is not on that day. */
export function minuteOf(at: number, midnight: number): number | null {
  const ms = Math.floor((at - midnight) / MINUTE_MS) * MINUTE_MS
  return ms >= 0 && ms < 86_400_000 ? ms : null
}

/** A quote as a bar: open, high, low and close are the one price that was seen. */
export function quoteLine(ms: number, bid: LeanSide | null, ask: LeanSide | null): string {
  return `${ms},${sideText(bid)},${sideText(ask)}`
}

function sideText(side: LeanSide | null): string {
  if (side === null) return ',,,,0'
  return `${flat(deciCents(side.price))},${side.size}`
}

/** Trades since the line before: all at the last price. */
export function tradeLine(ms: number, price: number, volume: number): string {
  return `${ms},${flat(deciCents(price))},${volume}`
}

export function openInterestLine(ms: number, contracts: number): string {
  return `${ms},${contracts}`
}

/** Prices of the underlying in an interval. */
export interface Prices {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

/** A bar of the underlying, without a volume. Prices of a stock are in deci-cents, levels of an index as they are. */
export function barLine(ms: number, { open, high, low, close }: Prices, kind: 'equity' | 'index'): string {
  const prices = [open, high, low, close]
  return `${ms},${(kind === 'index' ? prices : prices.map(deciCents)).join(',')},0`
}

function flat(price: number): string {
  return `${price},${price},${price},${price}`
}
