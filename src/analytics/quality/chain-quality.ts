import type { SnapshotQuality } from '../../snapshot/ledger.ts'
import type { Carry } from '../carry.ts'
import { type ChainRow, type GroupedChain, midOf, type Strike } from '../chain.ts'
import { calendarViolations } from './calendar-violations.ts'
import { askOf, bidOf, isOffered, ROUNDING } from './executable-prices.ts'
import { type ParityResidual, parityResidual } from './parity-residual.ts'

/** How far the quotes of a snapshot contradict each other, measured by the arbitrage they allow. */
export interface ChainQuality {
  /** Rows counted. */
  readonly rows: number
  /** Share of the rows with no bid or a bid of zero; null without rows. */
  readonly zeroBidShare: number | null
  /** Share of the rows with a two-sided quote whose spread is over a quarter of its mid; null without rows. */
  readonly wideShare: number | null
  /** Adjacent strikes: the bid of the less valuable option is above the ask of the more valuable one. */
  readonly verticalMonotone: number
  /** Adjacent strikes: the spread sells for more than the distance between the strikes. */
  readonly verticalWidth: number
  /** Three adjacent strikes: the butterfly has a negative cost. */
  readonly butterfly: number
  /** Adjacent expirations, same strike: the bid of the earlier option is above what the later one must be worth. */
  readonly calendar: number
  readonly parity: ParityResidual
}

const WIDE_FRACTION = 0.25

type Pair = Strike<ChainRow>

/**
 * Counts contradictions at executable prices: sell at the bid, buy at the ask. A quote is included if its ask is above
 * 0; a missing bid counts as 0. A healthy feed has almost no contradictions; mids would show dozens.
 */
export function chainQuality(chain: GroupedChain, carry: Carry): ChainQuality {
  const { expirations } = chain
  const total = {
    rows: 0,
    zeroBids: 0,
    wide: 0,
    verticalMonotone: 0,
    verticalWidth: 0,
    butterfly: 0,
    calendar: 0,
  }
  for (const { strikes } of expirations) {
    for (const side of ['call', 'put'] as const) {
      countSide(strikes, side, total)
    }
  }
  total.calendar = calendarViolations(expirations, carry)
  const { rows, zeroBids, wide, ...counts } = total
  const share = (count: number) => (rows > 0 ? count / rows : null)
  const parity = parityResidual(chain, carry)
  return { rows, zeroBidShare: share(zeroBids), wideShare: share(wide), ...counts, parity }
}

/** Quality as columns of the ledger and of `market_metrics`; null without rows. */
export function qualityColumns(quality: ChainQuality): SnapshotQuality {
  const hasRows = quality.rows > 0
  return {
    zero_bid_share: quality.zeroBidShare,
    parity_residual: quality.parity.residual95,
    vertical_violations: hasRows ? quality.verticalMonotone + quality.verticalWidth : null,
    butterfly_violations: hasRows ? quality.butterfly : null,
    calendar_violations: hasRows ? quality.calendar : null,
  }
}

/** The quality of a chain as stored in the ledger. */
export function snapshotQuality(chain: GroupedChain, carry: Carry): SnapshotQuality {
  return qualityColumns(chainQuality(chain, carry))
}

interface Counts {
  rows: number
  zeroBids: number
  wide: number
  verticalMonotone: number
  verticalWidth: number
  butterfly: number
}

/** Counts the calls or puts of one expiration. Adjacent means adjacent in the chain, not among all listed strikes. */
function countSide(strikes: readonly Pair[], side: 'call' | 'put', total: Counts): void {
  let before: AtStrike | null = null
  let beforeThat: AtStrike | null = null
  for (const pair of strikes) {
    const option = pair[side]
    if (!option) continue
    total.rows++
    if (bidOf(option) === 0) total.zeroBids++
    const mid = midOf(option)
    if (mid !== null && askOf(option) - bidOf(option) > WIDE_FRACTION * mid) total.wide++
    const here = { strike: pair.strike, option }
    if (before) {
      // The lower strike is the more valuable of two calls, the higher strike of two puts.
      const [better, worse] = side === 'call' ? [before.option, option] : [option, before.option]
      const width = here.strike - before.strike
      if (isOffered(better) && isOffered(worse)) {
        if (bidOf(worse) > askOf(better) + ROUNDING) total.verticalMonotone++
        if (bidOf(better) - askOf(worse) > width + ROUNDING) total.verticalWidth++
      }
    }
    if (before && beforeThat && isFreeButterfly(beforeThat, before, here)) total.butterfly++
    beforeThat = before
    before = here
  }
}

interface AtStrike {
  readonly strike: number
  readonly option: ChainRow
}

/** Whether the wings, weighted so that the payoff is never negative, cost less than the bid of the middle option. */
function isFreeButterfly(low: AtStrike, middle: AtStrike, high: AtStrike): boolean {
  if (!isOffered(low.option) || !isOffered(middle.option) || !isOffered(high.option)) return false
  const lowShare = (high.strike - middle.strike) / (high.strike - low.strike)
  const cost = lowShare * askOf(low.option) + (1 - lowShare) * askOf(high.option)
  return bidOf(middle.option) > cost + ROUNDING
}
