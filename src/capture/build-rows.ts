import { groupChain } from '../analytics/chain.ts'
import { sessionsOf } from '../analytics/figure-session.ts'
import { type AnalyticsOptions, carryOf } from '../analytics/options.ts'
import { flagBelowForward } from '../analytics/quality/below-forward.ts'
import { snapshotQuality } from '../analytics/quality/chain-quality.ts'
import { followedPrices } from '../analytics/volatility/forward/forward.ts'
import { withOwnGreeks } from '../analytics/volatility/own-greeks.ts'
import type { Harvest } from '../harvest/harvest.ts'
import type { SymbolSlot } from '../lake/write/append.ts'
import { newYorkInstant } from '../market/calendar.ts'
import type { FutureContract, QuotedContract } from '../market/contract.ts'
import type { ExpiryTimes } from '../market/option-hours.ts'
import type { Slot } from '../market/slot.ts'
import { type ConId, epochMs } from '../market/units.ts'
import { assembleRows, type RowContext } from '../snapshot/assemble-rows.ts'
import type { FutureRow } from '../snapshot/future-snapshots.ts'
import { flagOutliers } from '../snapshot/iv-outliers.ts'
import type { LedgerRow, SnapshotQuality } from '../snapshot/ledger.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import { slotContent } from '../snapshot/slot-content.ts'
import { flagStale, type QuoteHistory } from '../snapshot/stale-quotes.ts'
import { type ReportContext, reportHarvest } from '../snapshot/symbol-report.ts'

/** The quotes of earlier slots by symbol, for detecting stale ones. A single run starts with an empty map. */
export type QuoteHistories = Map<string, QuoteHistory>

/** One symbol's rows as they are stored, and how consistent they are. */
export interface BuiltRows {
  readonly rows: readonly SnapshotRow[]
  readonly quality: SnapshotQuality
}

export interface BuildOptions {
  readonly analytics: AnalyticsOptions
  /** This slot's quotes are added to it. */
  readonly quoteHistories: QuoteHistories
}

/** The facts about a cycle that its rows and its report need besides the harvest. */
export type CycleFacts = Omit<ReportContext, 'slot' | 'date' | 'quality' | 'content'> & {
  /** Open interest known before the cycle. */
  readonly openInterest: ReadonlyMap<ConId, number>
  /** The symbol's futures, where they are collected. */
  readonly futures?: BuiltFutures
  /** The end of the time to expiry, by expiry. */
  readonly expiresAt: ExpiryTimes
}

/** The futures of a symbol in a slot. */
export interface BuiltFutures {
  readonly rows: readonly FutureRow[]
  readonly harvest: Harvest<FutureContract>
}

/** Builds what the lake stores for one symbol of a slot: its rows, and its report for the ledger. */
export function buildSymbolSlot(
  harvest: Harvest,
  slot: Slot,
  { openInterest, expiresAt, futures, ...facts }: CycleFacts,
  options: BuildOptions,
): SymbolSlot {
  const key = { slot: slot.at, date: slot.date }
  const { rows, quality } = buildRows(
    harvest,
    { ...key, ...hoursOf(harvest.symbol, facts.kind ?? null, slot), openInterest, expiresAt },
    options,
  )
  const content = slotContent([...rows, ...(futures?.rows ?? [])], harvest.finishedAt)
  const reported = futures ? together(harvest, futures.harvest) : harvest
  const report = reportHarvest(reported, { ...key, ...facts, quality, content })
  return { symbol: harvest.symbol, rows, report, ...(futures && { futures: futures.rows }) }
}

/** The opening and the close of the symbol's own session by rule: a gateway's odd day is not one of a stored row's flags. */
function hoursOf(
  symbol: string,
  kind: LedgerRow['kind'],
  { at, date }: Slot,
): Pick<RowContext, 'openAt' | 'closeAt'> {
  const session = sessionsOf({ symbol, kind })(date)
  return session ?? { openAt: newYorkInstant(date, '09:30'), closeAt: at }
}

/** The options and futures of one symbol in one report. */
function together(options: Harvest, futures: Harvest<FutureContract>): Harvest<QuotedContract> {
  return {
    ...options,
    answered: [...options.answered, ...futures.answered],
    gaps: [...options.gaps, ...futures.gaps],
    finishedAt: epochMs(Math.max(options.finishedAt, futures.finishedAt)),
  }
}

/**
 * The only place where rows of options are made: one for each contract that answered, with own greeks where the gateway sent
 * none, and with the flags that need more than one row.
 */
export function buildRows(
  harvest: Harvest,
  context: RowContext,
  { analytics, quoteHistories }: BuildOptions,
): BuiltRows {
  const { symbol } = harvest
  const carry = carryOf(analytics, symbol)
  const sent = assembleRows(harvest, context)
  const chain = groupChain(sent, context)
  const priced = analytics.ownGreeks ? withOwnGreeks(chain, carry) : sent
  const flagged = flagOutliers(flagBelowForward(priced, chain, carry))
  const { rows, history } = flagStale(
    flagged,
    quoteHistories.get(symbol) ?? new Map(),
    followedPrices(chain, carry),
  )
  quoteHistories.set(symbol, history)
  // Quality depends on quotes, the underlying's prices and the gateway's deltas, which own greeks and flags leave alone.
  return { rows, quality: snapshotQuality(chain, carry) }
}
