import type { SnapshotQuality } from '../../snapshot/ledger.ts'
import type { Carry } from '../carry.ts'
import { type ChainRow, type Expiration, type GroupedChain, midOf, type Strike } from '../chain.ts'
import { type ParityResidual, parityResidual } from './parity-residual.ts'

/** How far the quotes of a snapshot contradict each other: the arbitrage that they would allow. */
export interface ChainQuality {
  /** Rows counted. */
  readonly rows: number
  /** Share of the rows with no bid or a bid of zero; null without rows. */
  readonly zeroBidShare: number | null
  /** Share of the rows with a two-sided quote whose spread is over a quarter of its mid; null without rows. */
  readonly wideShare: number | null
  /** Adjacent strikes: the less valuable option sells for more than the more valuable one costs. */
  readonly verticalMonotone: number
  /** Adjacent strikes: a spread that sells for more than the distance between them. */
  readonly verticalWidth: number
  /** Three adjacent strikes: a butterfly that costs less than nothing. */
  readonly butterfly: number
  /** Adjacent expirations, one strike: the earlier one sells for more than the later one costs. */
  readonly calendar: number
  readonly parity: ParityResidual
}

/** Rounding errors of sums of cents are not arbitrage; dollars. */
const ROUNDING = 1e-9
const WIDE_FRACTION = 0.25

type QuotedOption = ChainRow | null
type Pair = Strike<ChainRow>

/**
 * Counts contradictions on executable prices: sales at the bid, purchases at the ask. A quote takes part if its ask is
 * above 0; a missing bid counts as 0. A healthy feed has almost none; on mids there would be dozens.
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
  for (let at = 1; at < expirations.length; at++) {
    total.calendar += calendarPairs(expirations[at - 1] as Expiration, expirations[at] as Expiration)
  }
  const { rows, zeroBids, wide, ...counts } = total
  const share = (count: number) => (rows > 0 ? count / rows : null)
  const parity = parityResidual(chain, carry)
  return { rows, zeroBidShare: share(zeroBids), wideShare: share(wide), ...counts, parity }
}

/** Quality as columns of the ledger and of `market_metrics`; null where there are no rows. */
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

/** The quality of a chain as the ledger keeps it. */
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

/** Calls or puts of one expiration. Adjacent strikes are those that are next to each other in the chain. */
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
      // Of two calls the lower strike is the more valuable one, of two puts the higher.
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

/** Whether the outer options, weighted so that the pay-off is never negative, cost less than the middle one sells for. */
function isFreeButterfly(low: AtStrike, middle: AtStrike, high: AtStrike): boolean {
  if (!isOffered(low.option) || !isOffered(middle.option) || !isOffered(high.option)) return false
  const lowShare = (high.strike - middle.strike) / (high.strike - low.strike)
  const cost = lowShare * askOf(low.option) + (1 - lowShare) * askOf(high.option)
  return bidOf(middle.option) > cost + ROUNDING
}

/** An American option that expires later includes every right of one that expires earlier. */
function calendarPairs(near: Expiration, far: Expiration): number {
  const later = new Map(far.strikes.map((pair) => [pair.strike, pair]))
  let count = 0
  for (const pair of near.strikes) {
    const other = later.get(pair.strike)
    if (!other) continue
    for (const side of ['call', 'put'] as const) {
      const soon = pair[side]
      const late = other[side]
      if (isOffered(soon) && isOffered(late) && bidOf(soon) > askOf(late) + ROUNDING) count++
    }
  }
  return count
}

function isOffered(option: QuotedOption): option is ChainRow {
  return option !== null && askOf(option) > 0
}

function bidOf({ bid }: ChainRow): number {
  return bid !== null && bid > 0 ? bid : 0
}

function askOf({ ask }: ChainRow): number {
  return ask !== null && ask > 0 && Number.isFinite(ask) ? ask : 0
}
