import { expiryTimesOf } from '../market/option-hours.ts'
import { type SecondOrderGreeks, secondOrderGreeks } from '../market/pricing/second-order-greeks.ts'
import type { EpochMs } from '../market/units.ts'
import { rounded } from '../snapshot/assemble-rows.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import type { Carry } from './carry.ts'
import { type Expiration, groupChain } from './chain.ts'
import { type ExpirationPrices, expirationPrices, unpriced } from './volatility/own-greeks.ts'

/** Rho, vanna, volga and charm of a row, in the units of `SecondOrderGreeks`; null where they cannot be computed. */
export type SecondOrderColumns = {
  readonly [Name in keyof SecondOrderGreeks]: SecondOrderGreeks[Name] | null
}

const DECIMALS = 8
const NONE: SecondOrderColumns = { rho: null, vanna: null, volga: null, charm: null }

/**
 * The greeks that are computed when asked for and never stored, of rows of one slot of one symbol. Each row's own
 * volatility is taken, whoever computed it, with the underlying price, dividends and rate of our own greeks. All null
 * where a row has no volatility, no time left or no price of the underlying.
 */
export function secondOrderOfRows(
  rows: readonly SnapshotRow[],
  { symbol, carry }: { readonly symbol: string; readonly carry: Carry },
): (row: SnapshotRow) => SecondOrderColumns {
  const slot = (rows[0]?.timestamp ?? 0) as EpochMs
  const chain = groupChain(rows, { slot, expiresAt: expiryTimesOf(symbol) })
  const known = new Map<Expiration<SnapshotRow>, ExpirationPrices>()
  const pricesOf = (expiration: Expiration<SnapshotRow>) => {
    const prices = known.get(expiration) ?? expirationPrices(expiration, carry, slot)
    known.set(expiration, prices)
    return prices
  }
  return (row) => {
    if (row.iv === null) return NONE
    const option = unpriced(row, pricesOf(chain.expirationOf(row)))
    const greeks = option === null ? null : secondOrderGreeks({ ...option, volFraction: row.iv })
    if (greeks === null) return NONE
    return {
      rho: rounded(greeks.rho, DECIMALS),
      vanna: rounded(greeks.vanna, DECIMALS),
      volga: rounded(greeks.volga, DECIMALS),
      charm: rounded(greeks.charm, DECIMALS),
    }
  }
}
