import type { ExerciseStyle } from '../market/contract.ts'
import type { SnapshotRow } from './row.ts'

/**
 * What the price of an option follows. spot: the stock, ETF or index of `underlying_price`. future: a future of its own,
 * which is its `underlying_price`. forward: a forward that nothing quotes, known from put-call parity alone. Options on
 * the VIX are on the forward of the VIX to their expiry: the level of the index, their `underlying_price`, is not what
 * they are exercised into, and they may be worth less than their distance from it.
 */
export type PricedOn = 'spot' | 'future' | 'forward'

/** Classes of options on the forward of a volatility index. */
const FORWARD_CLASSES: ReadonlySet<string> = new Set(['VIX', 'VIXW'])

/** What an option is on and when it can be exercised; null or left out in rows of older versions. */
export type BasisRow = Partial<Pick<SnapshotRow, 'trading_class' | 'underlying_type' | 'exercise_style'>>

export function pricedOn({ trading_class, underlying_type }: BasisRow): PricedOn {
  if (underlying_type === 'FUT') return 'future'
  return trading_class !== undefined && FORWARD_CLASSES.has(trading_class) ? 'forward' : 'spot'
}

/**
 * The style by which an option is priced. Rows of version 0.1 have none and are options on stocks. Of a futures option
 * whose style no rule knows the American one is assumed: at the money the two differ by less than the interest on its price.
 */
export function pricedStyle(row: BasisRow): ExerciseStyle {
  const { exercise_style: style = null } = row
  if (style === 'american' || style === 'european') return style
  return pricedOn(row) === 'forward' ? 'european' : 'american'
}

/** Whether the option is worth at least what exercising it now pays: only where it is known that it can be exercised. */
export function isExercisable(row: BasisRow): boolean {
  return pricedOn(row) === 'future' ? row.exercise_style === 'american' : pricedStyle(row) === 'american'
}
