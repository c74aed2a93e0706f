import { type Expiration, type GroupedChain, groupChain, type Strike } from '../../../analytics/chain.ts'
import { parityForward } from '../../../analytics/volatility/forward/forward.ts'
import { expiryTimesOf } from '../../../market/option-hours.ts'
import type { EpochMs } from '../../../market/units.ts'
import type { SnapshotRow } from '../../../snapshot/row.ts'

/** One expiration of one class, as the command shows it. */
export interface ChainGroup {
  readonly expiration: Expiration<SnapshotRow>
  readonly rows: readonly SnapshotRow[]
  /** The price that strikes are near to, dollars: of the underlying, of VIX options their forward; null if unknown. */
  readonly price: number | null
}

/** A chain as it is shown: the price of the underlying, and its expirations by time, then class. */
export interface ShownChain {
  readonly underlying: number | null
  readonly groups: readonly ChainGroup[]
}

/** Of the VIX, parity at a rate of 0: the forward of the next months moves by less than a strike with it. */
const DISPLAY_RATE = 0

export function shownChain(rows: readonly SnapshotRow[], symbol: string): ShownChain {
  const slot = (rows[0]?.timestamp ?? 0) as EpochMs
  const chain = groupChain(rows, { slot, expiresAt: expiryTimesOf(symbol) })
  const byExpiration = new Map<Expiration<SnapshotRow>, SnapshotRow[]>()
  for (const row of rows) {
    const expiration = chain.expirationOf(row)
    const own = byExpiration.get(expiration)
    if (own) own.push(row)
    else byExpiration.set(expiration, [row])
  }
  const groups = [...byExpiration].map(([expiration, own]) => ({
    expiration,
    rows: own,
    price: priceOf(expiration, chain),
  }))
  return { underlying: chain.spot, groups: groups.sort((a, b) => compare(a.expiration, b.expiration)) }
}

function priceOf(expiration: Expiration<SnapshotRow>, { spot }: GroupedChain<SnapshotRow>): number | null {
  if (expiration.pricedOn === 'forward') return parityForward(expiration, DISPLAY_RATE).value?.forward ?? null
  return expiration.pricedOn === 'future' ? expiration.spot : spot
}

function compare(a: Expiration<SnapshotRow>, b: Expiration<SnapshotRow>): number {
  return a.expiresAt - b.expiresAt || (a.tradingClass < b.tradingClass ? -1 : 1)
}

/** The strikes nearest to the price, so many on each side; all without a price. */
export function nearestStrikes(
  { expiration: { strikes }, price }: ChainGroup,
  eachSide: number,
): readonly Strike<SnapshotRow>[] {
  if (price === null) return strikes
  const distances = strikes.map(({ strike }) => Math.abs(strike - price))
  const at = distances.indexOf(Math.min(...distances))
  return strikes.slice(Math.max(0, at - eachSide), at + eachSide + 1)
}

/**
 * The line above an expiration. Class, settlement and style are shown if the chain has several classes or one with a name
 * of its own, the price if the expirations are on different futures or forwards.
 */
export function groupTitle(
  { expiration, price }: ChainGroup,
  { symbol, groups }: { symbol: string; groups: readonly ChainGroup[] },
): string {
  const { expiry, tradingClass, settlement, style, pricedOn } = expiration
  const hasOther = groups.some((one) => one.expiration.tradingClass !== symbol.replace('.', ''))
  const own = hasOther ? ` · ${tradingClass}, ${settlement.toUpperCase()}, ${style}` : ''
  const on = pricedOn === 'spot' || price === null ? '' : ` · ${pricedOn} ${price.toFixed(2)}`
  return `${expiry}${own}${on}`
}
