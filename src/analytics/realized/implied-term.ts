import { yearsBetween } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import { TRADING_DAYS_PER_YEAR, type TradingClock } from '../trading-time.ts'
import type { TermPoint } from '../volatility/at-the-money.ts'

/**
 * At-the-money volatility over the next `days` trading days, a fraction a year of 252 of them as realized volatility has it:
 * total variance, interpolated linearly in trading time between the expirations on either side. Null where there is none
 * on one side: nothing is extrapolated.
 */
export function impliedOver(
  days: number,
  { terms, slot, clock }: { terms: readonly TermPoint[]; slot: EpochMs; clock: TradingClock },
): number | null {
  const points = terms
    .flatMap(({ own, expiresAt }) =>
      own.value === null || expiresAt <= slot
        ? []
        : [
            {
              days: clock.daysBetween(slot, expiresAt),
              variance: own.value ** 2 * yearsBetween(slot, expiresAt),
            },
          ],
    )
    .sort((a, b) => a.days - b.days)
  const above = points.find((point) => point.days >= days)
  const below = points.findLast((point) => point.days <= days)
  if (!above || !below) return null
  const span = above.days - below.days
  const share = span === 0 ? 0 : (days - below.days) / span
  const variance = below.variance + share * (above.variance - below.variance)
  return Math.sqrt((variance * TRADING_DAYS_PER_YEAR) / days)
}
