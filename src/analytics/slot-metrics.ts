import { expiryTimesOf } from '../market/option-hours.ts'
import { flagCounts } from '../snapshot/quality-flags.ts'
import type { Carry } from './carry.ts'
import { type ChainRow, groupChain } from './chain.ts'
import { openInterestDate } from './figure-session.ts'
import { type FutureFigures, type FutureQuoteRow, futureFigures } from './futures.ts'
import type { Measured, ValueSource } from './measured.ts'
import { gammaPositioning, type PositioningFigures } from './positioning/positioning-figures.ts'
import { type PutCallFigures, putCallFigures } from './put-call-ratio.ts'
import { type ChainQuality, chainQuality } from './quality/chain-quality.ts'
import { type RankFigures, type RankInput, rankFigures } from './ranks/rank-figures.ts'
import { type RealizedFigures, type RealizedPast, realizedFigures } from './realized/realized-figures.ts'
import { type ReceivedFigures, type ReceivedValues, receivedFigures } from './received-figures.ts'
import { type TrendFigures, type TrendInput, trendFigures } from './trend.ts'
import { type TermPoint, termPoint } from './volatility/at-the-money.ts'
import { withOwnGreeksOfThisVersion } from './volatility/older-greeks.ts'
import {
  type SmileFigures,
  smileFigures,
  type TenorFigures,
  tenorFigures,
} from './volatility/smile-figures.ts'
import {
  type ExpirationMove,
  expirationMoves,
  type StraddleFigures,
  straddleFigures,
} from './volatility/straddle-move.ts'
import {
  type AtTheMoneyFigures,
  atTheMoneyFigures,
  type ModelFreeFigures,
  modelFreeFigures,
  type SkewFigures,
  skewFigures,
} from './volatility/volatility-figures.ts'

/** Input for the figures of one slot. */
export interface SlotMetricsInput extends ReceivedValues, RankInput, TrendInput, RealizedPast {
  /** All rows of one symbol's slot. */
  readonly rows: readonly ChainRow[]
  readonly carry: Carry
  /** The slot's futures, of a symbol that has any. */
  readonly futures?: readonly FutureQuoteRow[]
}

/** Every figure of one slot with its basis. The names are columns of `market_metrics`. */
export interface MarketMetrics
  extends AtTheMoneyFigures,
    ModelFreeFigures,
    ReceivedFigures,
    RankFigures,
    TrendFigures,
    SkewFigures,
    RealizedFigures,
    SmileFigures,
    StraddleFigures,
    PutCallFigures,
    PositioningFigures {}

export interface SlotMetrics {
  readonly figures: MarketMetrics
  readonly quality: ChainQuality
  readonly contracts: number
  readonly withIv: number
  /** Number of rows with each flag, such as `wide`, `stale` or `delayed`. */
  readonly flags: ReturnType<typeof flagCounts>
  readonly terms: readonly TermPoint[]
  /** Risk reversals and butterflies at 7, 14, 30 and 60 days. */
  readonly tenors: readonly TenorFigures[]
  /** Expected moves, in the order of `terms`. */
  readonly moves: readonly ExpirationMove[]
  /** Null for a symbol without futures. */
  readonly futures: FutureFigures | null
}

/**
 * All figures of one symbol's slot. Pure: the same input gives the same bits. A faulty quote is left out of the figures
 * that would use it. A figure that cannot be computed is null with a reason.
 */
export function slotMetrics(input: SlotMetricsInput): SlotMetrics {
  const { carry, slot, symbol } = input
  const rows = withOwnGreeksOfThisVersion(input.rows, { slot, symbol, carry })
  const futures = futuresOf(input)
  const options = groupChain(rows, { slot, expiresAt: expiryTimesOf(symbol) })
  // Futures without options: the front one is the underlying.
  const chain = { ...options, spot: options.spot ?? futures?.front?.price ?? null }
  const terms = chain.expirations.map((expiration) => termPoint(expiration, carry, slot))
  const tenors = tenorFigures(chain)
  const moves = expirationMoves(chain, terms)
  const oiDate = openInterestDate(input)
  const atTheMoney = atTheMoneyFigures(chain, terms)
  const iv30 = atTheMoney.iv30.value
  // This is also the order of the reasons in the stored column `null_reasons`.
  const figures = {
    ...atTheMoney,
    ...modelFreeFigures(chain, terms, carry.rateFraction),
    ...receivedFigures(input, slot),
    ...rankFigures(input, iv30),
    ...trendFigures(input, { spot: chain.spot, iv30 }),
    ...skewFigures(chain),
    ...realizedFigures(input, atTheMoney.iv30),
    ...smileFigures(tenors),
    ...straddleFigures(chain, { terms, moves }),
    ...putCallFigures(chain, { terms, oiDate }),
    ...gammaPositioning(chain, { terms, rateFraction: carry.rateFraction, oiDate }).figures,
  }
  return {
    figures: input.kind === 'FUT' ? withoutOptions(figures) : figures,
    quality: chainQuality(chain, carry),
    contracts: rows.length,
    withIv: rows.reduce((count, { iv }) => (iv === null ? count : count + 1), 0),
    flags: flagCounts(rows),
    terms,
    tenors,
    moves,
    futures,
  }
}

function futuresOf({ kind, futures, slot }: SlotMetricsInput): FutureFigures | null {
  const hasFutures = kind === 'FUT' || kind === 'FOP' || (futures ?? []).length > 0
  return hasFutures ? futureFigures(futures ?? [], slot) : null
}

/** Figures made from options, and the ranks of one of them. */
const OPTION_SOURCES: ReadonlySet<ValueSource> = new Set(['chain', 'ib_model', 'ib_index'])

/** The figures of futures that are collected without the options on them: those made from options have that reason. */
function withoutOptions(figures: MarketMetrics): MarketMetrics {
  const entries = Object.entries(figures).map(([name, one]: [string, Measured<unknown>]) => [
    name,
    one.reason !== null && OPTION_SOURCES.has(one.source) ? { ...one, reason: 'no_options' } : one,
  ])
  return Object.fromEntries(entries) as MarketMetrics
}
