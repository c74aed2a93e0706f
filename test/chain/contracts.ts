import type { OptionContract } from '../../src/market/contract.ts'
import { conId, expiryDate } from '../../src/market/units.ts'

let nextId = 1_000

/** Calls and puts of a symbol at these strikes. */
export function options(symbol: string, expiry: string, strikes: readonly number[]): OptionContract[] {
  return strikes.flatMap((strike) =>
    (['C', 'P'] as const).map((right) => ({
      conId: conId(nextId++),
      symbol,
      expiry: expiryDate(expiry),
      strike,
      right,
      tradingClass: symbol,
      multiplier: 100,
      exchange: 'SMART',
      currency: 'USD',
    })),
  )
}

export function range(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step)
}
