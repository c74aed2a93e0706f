import { setImmediate } from 'node:timers/promises'
import type { Lake } from '../../lake/open.ts'
import { chainAt } from '../../lake/query/chains.ts'
import { expiryTimesOf } from '../../market/option-hours.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { Carry } from '../carry.ts'
import { groupChain } from '../chain.ts'
import { type TermPoint, termPoint } from '../volatility/at-the-money.ts'
import { type ExpirationMove, expirationMoves } from '../volatility/straddle-move.ts'
import { FIGURE_COLUMNS, type MarketData } from './reader.ts'

/** How far the options of one slot expect the underlying to move until each expiration. */
export interface ExpectedMoves extends Pick<MarketData, 'symbol' | 'slot' | 'date'> {
  /** Price of the underlying in the slot, dollars; null if no row has one. */
  readonly spot: number | null
  /** By time to expiry, ascending. */
  readonly terms: readonly TermPoint[]
  /** In the order of `terms`. */
  readonly moves: readonly ExpirationMove[]
}

/**
 * The expected moves of the newest slot of a symbol, or of the newest at or before `at`: the same as in its figures, which
 * take several times as long. Null if the symbol has no slot with options. The solving of each expiration takes up to a
 * few milliseconds, and others may run between two.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function storedExpectedMoves(
  lake: Lake,
  symbol: string,
  { carry, at }: { readonly carry: Carry; readonly at?: EpochMs | undefined },
): Promise<ExpectedMoves | null> {
  const rows = await chainAt(lake, symbol, { at, columns: [...FIGURE_COLUMNS, 'date'] })
  const [first] = rows
  if (!first) return null
  const slot = epochMs(first.timestamp)
  const date: SessionDate = sessionDate(first.date)
  const chain = groupChain(rows, { slot, expiresAt: expiryTimesOf(symbol) })
  const terms: TermPoint[] = []
  for (const expiration of chain.expirations) {
    if (terms.length > 0) await setImmediate()
    terms.push(termPoint(expiration, carry, slot))
  }
  return { symbol, slot, date, spot: chain.spot, terms, moves: expirationMoves(chain, terms) }
}
