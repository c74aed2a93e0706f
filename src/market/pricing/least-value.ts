import { discountedUnderlying, europeanFloor } from './european.ts'
import type { UnpricedOption } from './option.ts'

/**
 * The least that an option can be worth whatever its volatility, dollars a share, at least 0. A European option: what a
 * forward at the strike is worth. An American one: the most that a holder gets who exercises now, at an ex-date or at
 * expiry, whatever happens. A call is exercised just before an ex-date, a put just after it.
 *
 * With `steps` exercise at an ex-date waits for a step of the tree, so that the result is the least of that tree's own
 * prices.
 */
export function leastValue(
  option: UnpricedOption,
  { steps = null }: { readonly steps?: number | null } = {},
): number {
  if (option.style === 'european') return europeanFloor(option)
  const { right, spot, strike, years, rateFraction, yieldFraction = 0 } = option
  const sign = right === 'C' ? 1 : -1
  let least = Math.max(0, sign * (spot - strike), europeanFloor(option))
  const dividends = (option.dividends ?? []).filter((one) => one.years > 0 && one.years <= years)
  if (dividends.length === 0) return least
  const held = discountedUnderlying({ ...option, yieldFraction: 0 })
  for (const { years: exYears } of dividends) {
    const at = exerciseTime(exYears, { right, step: steps === null ? 0 : years / steps })
    let kept = held * Math.exp(-yieldFraction * at)
    for (const { years: paidYears, amount } of dividends) {
      const isToCome = right === 'C' ? paidYears >= exYears : paidYears > at
      if (isToCome) kept += amount * Math.exp(-rateFraction * paidYears)
    }
    least = Math.max(least, sign * (kept - strike * Math.exp(-rateFraction * at)))
  }
  return least
}

/** What a price of the option exceeds the least that it can be worth by, dollars a share, at least 0. */
export function timeValue(option: UnpricedOption, price: number): number {
  return Math.max(0, price - leastValue(option))
}

/** Years to the exercise at an ex-date: of a call before it, of a put not before it; `step` 0 is any time. */
function exerciseTime(
  exYears: number,
  { right, step }: { readonly right: UnpricedOption['right']; readonly step: number },
): number {
  if (step === 0) return exYears
  const first = Math.ceil(exYears / step)
  return step * (right === 'C' ? first - 1 : first)
}
