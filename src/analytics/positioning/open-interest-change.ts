import type { ChainRow } from '../chain.ts'
import { countOf } from './gamma-exposure.ts'

/** The columns of a row of the session before that its open interest is read from. */
export type EarlierRow = Pick<ChainRow, 'expiry' | 'strike' | 'right' | 'open_interest' | 'trading_class'>

/** Contracts opened less contracts closed since the session before. */
export interface OpenInterestChange {
  /** Null where no call is known in both sessions. */
  readonly calls: number | null
  readonly puts: number | null
  /** Contracts that are listed in both sessions and whose open interest is known in both. */
  readonly contracts: number
}

/** By how much the open interest of a row has changed; null where it is unknown in one of the sessions. */
export type ChangeOf = (row: EarlierRow) => number | null

/**
 * The change of each contract against the rows of the session before. A contract that is not listed in both has none: one
 * that has expired is no position that was closed, and a new one begins at 0 of itself.
 */
export function changesSince(before: readonly EarlierRow[]): ChangeOf {
  const known = new Map<string, number>()
  for (const row of before) {
    const count = countOf(row.open_interest)
    if (count !== null) known.set(nameOf(row), count)
  }
  return (row) => {
    const count = countOf(row.open_interest)
    const earlier = known.get(nameOf(row))
    return count === null || earlier === undefined ? null : count - earlier
  }
}

/** The change of several contracts together. */
export function changeOfAll(rows: readonly EarlierRow[], changeOf: ChangeOf): OpenInterestChange {
  const sums = { C: null as number | null, P: null as number | null }
  let contracts = 0
  for (const row of rows) {
    const change = changeOf(row)
    if (change === null) continue
    contracts++
    const side = row.right === 'C' ? 'C' : 'P'
    sums[side] = (sums[side] ?? 0) + change
  }
  return { calls: sums.C, puts: sums.P, contracts }
}

function nameOf({ expiry, strike, right, trading_class = '' }: EarlierRow): string {
  return `${expiry} ${trading_class} ${strike} ${right}`
}
