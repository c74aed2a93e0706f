import type { DepthLevel } from '../market/market.ts'
import { encode } from './frames.ts'

const OPERATIONS = { insert: 0, update: 1, delete: 2 } as const
const SIDES = { ask: 0, bid: 1 } as const

/** A change of one row of a side; row 0 is the best price. */
export interface DepthChange {
  readonly row: number
  readonly side: keyof typeof SIDES
  readonly operation: keyof typeof OPERATIONS
  /** Of a deleted row: price and size 0. */
  readonly level: DepthLevel
}

export function marketDepth(requestId: number, { row, side, operation, level }: DepthChange): string {
  return encode([12, 1, requestId, row, OPERATIONS[operation], SIDES[side], level.price, level.size])
}

/** The same with the name of the market maker or, in smart depth, of the exchange. */
export function marketDepthL2(
  requestId: number,
  { row, side, operation, level }: DepthChange,
  { maker, isSmart }: { readonly maker: string; readonly isSmart: boolean },
): string {
  return encode([
    ...[13, 1, requestId, row, maker, OPERATIONS[operation], SIDES[side]],
    ...[level.price, level.size, isSmart ? 1 : 0],
  ])
}
