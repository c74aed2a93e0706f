import type { SnapshotRow } from '../../snapshot/row.ts'
import { decimalText } from '../decimal.ts'
import type { Prices } from './lines.ts'

/** The first line of the file from which LEAN chooses contracts on the next trading day. */
export const UNIVERSE_HEADER =
  '#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho'

/** A contract's day: prices of its midpoints, and what is known last of the rest. */
export interface ContractDay {
  readonly contract: Pick<SnapshotRow, 'expiry' | 'strike' | 'right'>
  readonly prices: Prices | null
  readonly last: Pick<SnapshotRow, 'volume' | 'open_interest' | 'iv' | 'delta' | 'gamma' | 'vega' | 'theta'>
}

/** The prices with one more. */
export function withPrice(prices: Prices | null, price: number): Prices {
  if (prices === null) return { open: price, high: price, low: price, close: price }
  const { open, high, low } = prices
  return { open, high: Math.max(high, price), low: Math.min(low, price), close: price }
}

/** Prices of one interval after another. */
export function joined(prices: readonly Prices[]): Prices | null {
  const [first, last] = [prices[0], prices.at(-1)]
  if (first === undefined || last === undefined) return null
  return {
    open: first.open,
    high: prices.reduce((most, { high }) => Math.max(most, high), first.high),
    low: prices.reduce((least, { low }) => Math.min(least, low), first.low),
    close: last.close,
  }
}

/** The line of the underlying, the first of the file. */
export function underlyingLine(prices: Prices | null): string {
  return `,,,${priceCells(prices)},0,,,,,,,`
}

/** Cells that are not known are empty. Greeks are the last of the day, in the units of LEAN, which are ours. */
export function contractLine({ contract, prices, last }: ContractDay): string {
  const { volume, open_interest, iv, delta, gamma, vega, theta } = last
  const cells = [volume ?? 0, open_interest, iv, delta, gamma, vega, theta, null]
  const { expiry, strike, right } = contract
  return `${expiry},${strike},${right},${priceCells(prices)},${cells.map((one) => one ?? '').join(',')}`
}

function priceCells(prices: Prices | null): string {
  if (prices === null) return ',,,'
  const { open, high, low, close } = prices
  return [open, high, low, close].map((price) => decimalText(price, 4)).join(',')
}
