import type { Gap, GapReason, Harvest } from '../harvest/harvest.ts'
import { isOption, type QuotedContract } from '../market/contract.ts'
import { median } from '../market/statistics.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'
import { DEFINITION_VERSION } from './definition-version.ts'
import {
  type LedgerRow,
  NO_CONTENT,
  NO_QUALITY,
  type SlotContent,
  type SlotReason,
  type SnapshotQuality,
} from './ledger.ts'
import { contentFault } from './slot-content.ts'

/** The ledger entry of one symbol in one slot, before the lake counts its rows. */
export type SymbolReport = Omit<LedgerRow, 'rows'>

/** What is to be said about the list of contracts that a slot was collected from. */
export interface ChainNote {
  readonly detail: string
  /** Contracts of the policy are not in the list. */
  readonly isIncomplete: boolean
}

export interface ReportContext {
  readonly slot: EpochMs
  readonly date: SessionDate
  /** Contracts that the planner dropped to fit the budget. */
  readonly skipped: number
  readonly underlyingPrice: number | null
  readonly vix: number | null
  /** Quality of the rows built from the harvest. */
  readonly quality: SnapshotQuality
  readonly kind?: LedgerRow['kind']
  /** Rows of the slot in `future_snapshots`; absent where no futures are collected. */
  readonly futureRows?: number | null
  /** What these rows hold. */
  readonly content: SlotContent
  /** Absent or null: a whole list of the day. */
  readonly chain?: ChainNote | null
  /** A known gateway fault. It explains a lost connection or missing answers better than the gaps do. */
  readonly outage?: { readonly reason: SlotReason; readonly detail: string } | null
  /** Number of planned contracts, if the harvest does not contain all of them. */
  readonly planned?: number
  /** The quotes come from the journal of a killed cycle; takes precedence over the reason of the gaps. */
  readonly recovered?: boolean
}

/** The slot's outcome for one symbol, from its requests and answers. Pure. */
export function reportHarvest(harvest: Harvest<QuotedContract>, context: ReportContext): SymbolReport {
  const { answered, gaps } = harvest
  const requested = Math.max(answered.length + gaps.length, context.planned ?? 0)
  const worst = worstGap(gaps)
  const explained = worst && EXPLAINED_BY_OUTAGE.has(worst.reason) ? context.outage : null
  const own = worst ? SLOT_REASON_OF[worst.reason] : null
  const fault = contentFault({
    ...{ answered: answered.length, requested, skipped: context.skipped },
    ...{ ...context.content, zero_bid_share: context.quality.zero_bid_share },
  })
  // What ended the cycle comes first, then what is wrong with the whole of it, then faults of single contracts.
  const ofContent = fault && (worst === undefined || OF_ONE_CONTRACT.has(worst.reason)) ? fault : null
  const ofChain =
    context.chain?.isIncomplete && (worst === undefined || OF_ONE_CONTRACT.has(worst.reason))
      ? 'chain_incomplete'
      : null
  const reason = context.recovered
    ? 'recovered_from_spool'
    : (explained?.reason ?? ofChain ?? ofContent?.reason ?? own)
  const outcome = answered.length === 0 ? 'missing' : reason === null ? 'stored' : 'partial'
  return {
    timestamp: context.slot,
    symbol: harvest.symbol,
    date: context.date,
    outcome,
    reason: outcome === 'missing' ? (reason ?? reasonNothingRequested(context)) : reason,
    detail: joined([
      context.recovered
        ? 'an earlier run ended in the middle of this cycle'
        : (explained?.detail ?? describe(gaps)),
      context.chain?.detail,
      fault?.detail,
    ]),
    requested,
    answered: answered.length,
    complete: answered.filter(({ complete }) => complete).length,
    with_greeks: answered.filter(({ quote }) => quote.greeks?.impliedVolFraction != null).length,
    skipped: context.skipped,
    underlying_price: context.underlyingPrice,
    vix: context.vix,
    skew_seconds: spreadSeconds(answered.map(({ quote }) => quote.quotedAt)),
    smile_skew_seconds: smileSkewSeconds(harvest),
    started_at: harvest.startedAt,
    finished_at: harvest.finishedAt,
    ...context.quality,
    ...(answered.length === 0 ? NO_CONTENT : context.content),
    kind: context.kind ?? null,
    future_rows: context.futureRows ?? null,
    definition_version: answered.length === 0 ? null : DEFINITION_VERSION,
  }
}

/** Why nothing was requested: the plan did not fit into the time left, or there was nothing to plan. */
function reasonNothingRequested({ skipped }: ReportContext): SlotReason {
  return skipped > 0 ? 'deadline' : 'no_market_data'
}

/** The report of a slot for which nothing could be requested. */
export function reportMissing(
  symbol: string,
  reason: SlotReason,
  context: {
    slot: EpochMs
    date: SessionDate
    detail: string | null
    startedAt: EpochMs | null
    kind?: LedgerRow['kind']
    futureRows?: number | null
  },
): SymbolReport {
  return {
    timestamp: context.slot,
    symbol,
    date: context.date,
    outcome: 'missing',
    reason,
    detail: context.detail,
    requested: 0,
    answered: 0,
    complete: 0,
    with_greeks: 0,
    skipped: 0,
    underlying_price: null,
    vix: null,
    skew_seconds: null,
    smile_skew_seconds: null,
    started_at: context.startedAt,
    finished_at: null,
    ...NO_QUALITY,
    ...NO_CONTENT,
    kind: context.kind ?? null,
    future_rows: context.futureRows ?? null,
    definition_version: null,
  }
}

/** Gaps caused by the gateway rather than by the contract. */
const EXPLAINED_BY_OUTAGE: ReadonlySet<GapReason> = new Set(['connection_lost', 'unanswered', 'deadline'])

/** Gaps that say something about one contract, not about the cycle. */
const OF_ONE_CONTRACT: ReadonlySet<GapReason> = new Set(['not_entitled', 'unanswered', 'no_such_contract'])

/** What the ledger calls the reason of a gap, and of an outage within a slot. */
export const SLOT_REASON_OF: Readonly<Record<GapReason, SlotReason>> = {
  connection_lost: 'connection_lost',
  server_lost: 'connection_lost',
  farm_broken: 'no_market_data',
  competing_session: 'competing_session',
  deadline: 'deadline',
  stopped: 'stopped',
  lines_exhausted: 'lines_exhausted',
  failed: 'failed',
  not_entitled: 'no_market_data',
  unanswered: 'unanswered_contracts',
  no_such_contract: 'unanswered_contracts',
}

/** The most important gap of the slot: what ended the cycle comes before faults of single contracts. */
function worstGap(gaps: readonly Gap<QuotedContract>[]): Gap<QuotedContract> | undefined {
  const order = Object.keys(SLOT_REASON_OF) as GapReason[]
  return [...gaps].sort((a, b) => order.indexOf(a.reason) - order.indexOf(b.reason))[0]
}

/**
 * Counts by reason, futures by name, and one message of the gateway as an example: "3 unanswered, 1 not_entitled (354 …)",
 * "1 no_such_contract: ESZ6 (200 …)".
 */
function describe(gaps: readonly Gap<QuotedContract>[]): string | null {
  if (gaps.length === 0) return null
  const counts = new Map<GapReason, number>()
  for (const { reason } of gaps) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  const words = [...counts]
    .map(([reason, count]) => `${count} ${reason}${futureNames(gaps, reason)}`)
    .join(', ')
  const example = gaps.find(({ detail }) => detail !== null)
  if (!example) return words
  const code = example.code === undefined ? '' : `${example.code} `
  return `${words} (${code}${example.detail})`
}

function futureNames(gaps: readonly Gap<QuotedContract>[], reason: GapReason): string {
  const names = gaps.flatMap(({ contract, reason: own }) =>
    own === reason && !isOption(contract) ? contract.localSymbol : [],
  )
  return names.length === 0 ? '' : `: ${names.join(' ')}`
}

function joined(parts: readonly (string | null | undefined)[]): string | null {
  const known = parts.filter((part) => part != null)
  return known.length === 0 ? null : known.join('; ')
}

/** Seconds from the first to the last known time; null if none is known. */
function spreadSeconds(times: readonly (EpochMs | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  if (known.length === 0) return null
  const first = known.reduce((a, b) => (b < a ? b : a))
  const last = known.reduce((a, b) => (b > a ? b : a))
  return (last - first) / 1_000
}

/** Seconds between the first and last quote of an expiration of one class: the median over these. */
function smileSkewSeconds({ answered }: Harvest<QuotedContract>): number | null {
  const smiles = new Map<string, (EpochMs | null)[]>()
  for (const { contract, quote } of answered) {
    if (!isOption(contract)) continue
    const smile = `${contract.expiry} ${contract.tradingClass}`
    const times = smiles.get(smile) ?? []
    times.push(quote.quotedAt)
    smiles.set(smile, times)
  }
  const spreads = [...smiles.values()].map(spreadSeconds).filter((spread) => spread !== null)
  return median(spreads)
}
