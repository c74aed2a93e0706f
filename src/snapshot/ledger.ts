import type { Column, RowOf } from './column.ts'

/** Why a slot is missing or partial: a closed set. */
export const SLOT_REASONS = [
  'not_running',
  'breaker_open',
  'gateway_unreachable',
  'gateway_restart',
  'connection_lost',
  'competing_session',
  'lines_exhausted',
  'second_factor',
  /** The gateway waited for a person to accept the paper trading disclaimer. */
  'paper_disclaimer',
  'deadline',
  'disk_full',
  'stopped',
  'recovered_from_spool',
  'no_market_data',
  'no_chain',
  /** Expirations of the policy were not listed in time. */
  'chain_incomplete',
  /** The gateway lists no stock of that name. */
  'unknown_symbol',
  /** The gateway refused a request; `detail` has its words. */
  'request_refused',
  'unanswered_contracts',
  /** The slot landed, but its data are delayed. */
  'delayed_data',
  /** The slot landed, but its data are frozen: of the last close or before a halt. */
  'frozen_data',
  /** The slot landed, but its rows have no bid, or neither bid nor ask. */
  'no_quotes',
  /** The slot landed, but the planner left out many contracts, which did not fit into the budget. */
  'over_budget',
  'failed',
  /** Stored rows were later lost to a damaged file. */
  'damaged',
  /** The lake was later restored to a version from before the slot. */
  'restored',
] as const
export type SlotReason = (typeof SLOT_REASONS)[number]

/**
 * stored: every requested contract answered with the data that were asked for. partial: some did, or the data are not what
 * was asked for; `reason` says which. missing: none did.
 */
const SLOT_OUTCOMES = ['stored', 'partial', 'missing'] as const
export type SlotOutcome = (typeof SLOT_OUTCOMES)[number]

/** What a symbol is; see `InstrumentKind`. */
const KINDS = ['STK', 'IND', 'FUT', 'FOP'] as const

/** `slots`: one row for each expected (slot, symbol), derived from the commits of `option_snapshots`. */
// biome-ignore format: one column a line
export const LEDGER_COLUMNS = [
  { name: 'timestamp', type: 'timestamp', nullable: false, unit: 'UTC', doc: 'Slot.' },
  { name: 'symbol', type: 'string', nullable: false, unit: '', doc: 'Underlying.' },
  { name: 'date', type: 'date', nullable: false, unit: 'YYYY-MM-DD', doc: 'Trade date of the slot.' },
  { name: 'outcome', type: 'string', nullable: false, unit: '', doc: 'stored, partial or missing.', values: SLOT_OUTCOMES },
  { name: 'reason', type: 'string', nullable: true, unit: '', doc: 'Why it is not stored whole; null where it is.', values: SLOT_REASONS },
  { name: 'detail', type: 'string', nullable: true, unit: '', doc: 'The reason in words, for a person.' },
  { name: 'requested', type: 'long', nullable: false, unit: 'contracts', doc: 'Asked for.' },
  { name: 'answered', type: 'long', nullable: false, unit: 'contracts', doc: 'Spoke at all.' },
  { name: 'complete', type: 'long', nullable: false, unit: 'contracts', doc: 'Both sides settled and model greeks there.' },
  { name: 'with_greeks', type: 'long', nullable: false, unit: 'contracts', doc: "With an implied volatility of the gateway's; our own are counted in market_metrics." },
  { name: 'skipped', type: 'long', nullable: false, unit: 'contracts', doc: 'Dropped by the planner to fit the budget.' },
  { name: 'rows', type: 'long', nullable: false, unit: 'rows', doc: 'Rows of the slot after this commit, survivors of earlier runs included.' },
  { name: 'underlying_price', type: 'double', nullable: true, unit: '$', doc: 'Last underlying price of the cycle.' },
  { name: 'vix', type: 'double', nullable: true, unit: 'points', doc: 'VIX index level of the cycle; null where not received.' },
  { name: 'skew_seconds', type: 'double', nullable: true, unit: 's', doc: 'From the first quote to the last, whole snapshot.' },
  { name: 'smile_skew_seconds', type: 'double', nullable: true, unit: 's', doc: 'The same within one expiration: the median over expirations.' },
  { name: 'started_at', type: 'timestamp', nullable: true, unit: 'UTC', doc: 'When the cycle began; null where none ran.' },
  { name: 'finished_at', type: 'timestamp', nullable: true, unit: 'UTC', doc: 'When its rows were ready to be written.' },
  { name: 'zero_bid_share', type: 'double', nullable: true, unit: 'fraction', doc: "Share of the cycle's rows without a bid above zero.", since: 2 },
  { name: 'parity_residual', type: 'double', nullable: true, unit: 'half-spreads', doc: 'Distance outside the bounds of put-call parity: the 95th percentile over pairs.', since: 2 },
  { name: 'vertical_violations', type: 'long', nullable: true, unit: 'pairs', doc: 'Arbitrage between neighbouring strikes, on executable prices.', since: 2 },
  { name: 'butterfly_violations', type: 'long', nullable: true, unit: 'triples', doc: 'Arbitrage over three strikes, on executable prices.', since: 2 },
  { name: 'calendar_violations', type: 'long', nullable: true, unit: 'pairs', doc: 'Arbitrage between expirations, on executable prices.', since: 2 },
  { name: 'live_rows', type: 'long', nullable: true, unit: 'rows', doc: "Of the cycle's rows: live data, as the gateway said.", since: 3 },
  { name: 'frozen_rows', type: 'long', nullable: true, unit: 'rows', doc: "Of the cycle's rows: frozen data, not delayed.", since: 3 },
  { name: 'delayed_rows', type: 'long', nullable: true, unit: 'rows', doc: "Of the cycle's rows: delayed data, frozen or not.", since: 3 },
  { name: 'unquoted_rows', type: 'long', nullable: true, unit: 'rows', doc: "Of the cycle's rows: neither a bid nor an ask above zero.", since: 3 },
  { name: 'quote_age_seconds', type: 'double', nullable: true, unit: 's', doc: "From the quote to the end of the cycle: the median over the cycle's rows.", since: 3 },
  { name: 'kind', type: 'string', nullable: true, unit: '', doc: 'What the symbol is: STK a stock or fund, IND an index, FUT futures, FOP futures and the options on them. Null in entries of version 0.1, which collected stocks only.', values: KINDS, since: 4 },
  { name: 'future_rows', type: 'long', nullable: true, unit: 'rows', doc: 'Rows of the slot in future_snapshots; null where no futures are collected.', since: 4 },
  { name: 'definition_version', type: 'integer', nullable: true, unit: '', doc: 'Version of the definitions that the quality of the entry follows; null for versions 1 and 2, and without rows.', since: 5 },
] as const

export type LedgerRow = RowOf<typeof LEDGER_COLUMNS>

/** Quality of one symbol's rows in a cycle; null without rows. */
export type SnapshotQuality = Pick<
  LedgerRow,
  | 'zero_bid_share'
  | 'parity_residual'
  | 'vertical_violations'
  | 'butterfly_violations'
  | 'calendar_violations'
>

/** The quality of a slot without rows. */
export const NO_QUALITY: SnapshotQuality = {
  zero_bid_share: null,
  parity_residual: null,
  vertical_violations: null,
  butterfly_violations: null,
  calendar_violations: null,
}

/** What one symbol's rows of a cycle hold; null without rows, and in entries of older versions. */
export type SlotContent = Pick<
  LedgerRow,
  'live_rows' | 'frozen_rows' | 'delayed_rows' | 'unquoted_rows' | 'quote_age_seconds'
>

/** The content of a slot without rows. */
export const NO_CONTENT: SlotContent = {
  live_rows: null,
  frozen_rows: null,
  delayed_rows: null,
  unquoted_rows: null,
  quote_age_seconds: null,
}

const LATER_COLUMNS = (LEDGER_COLUMNS as readonly Column[]).filter(({ since }) => since !== undefined)

/** An entry written by an older version, with null in the columns added since. */
export function withMissingColumns(entry: object): object {
  const missing = LATER_COLUMNS.filter(({ name }) => !(name in entry))
  return missing.length === 0
    ? entry
    : { ...entry, ...Object.fromEntries(missing.map(({ name }) => [name, null])) }
}

const isOneOf = <T extends string>(values: readonly T[], text: string): text is T =>
  (values as readonly string[]).includes(text)

/**
 * Maps a stored entry to the outcomes and reasons this version knows. An unknown reason becomes `failed`; an unknown
 * outcome becomes `partial` if the entry has rows, else `missing`. `detail` names the original. The lake keeps the
 * stored values, so the version that wrote them still finds them.
 */
export function normalizedEntry(entry: LedgerRow): LedgerRow {
  const stored: { readonly outcome: string; readonly reason: string | null } = entry
  const outcome = isOneOf(SLOT_OUTCOMES, stored.outcome) ? stored.outcome : null
  const isKnownReason = stored.reason === null || isOneOf(SLOT_REASONS, stored.reason)
  if (outcome && isKnownReason) return entry
  const unknown = [outcome ? null : stored.outcome, isKnownReason ? null : stored.reason].filter(Boolean)
  const words = `${unknown.map((word) => `"${word}"`).join(' and ')} of another version of optionlake`
  return {
    ...entry,
    outcome: outcome ?? (entry.rows > 0 ? 'partial' : 'missing'),
    reason: isKnownReason ? entry.reason : 'failed',
    detail: entry.detail === null ? words : `${words}: ${entry.detail}`,
  }
}

const OUTCOME_ORDER: Readonly<Record<SlotOutcome, number>> = { missing: 0, partial: 1, stored: 2 }

/**
 * The ledger entry of a slot that ran more than once: that of the later run, unless it collected less than the earlier
 * run, whose rows are still stored. A report of damage or of a restored lake always replaces the earlier entry, because
 * the rows are gone.
 */
export function preferredReport(earlier: LedgerRow | undefined, later: LedgerRow): LedgerRow {
  // These are entries as stored, so another version may have written the outcome.
  const progressOf = ({ outcome, answered }: LedgerRow) => [OUTCOME_ORDER[outcome] ?? 0, answered] as const
  if (!earlier || later.reason === 'damaged' || later.reason === 'restored') return later
  // What is stored, whichever run stored it. A report of a run without futures does not count them.
  const future_rows = later.future_rows ?? earlier.future_rows
  const [outcomeBefore, answeredBefore] = progressOf(earlier)
  const [outcome, answered] = progressOf(later)
  const collectedLess =
    outcome < outcomeBefore || (outcome === outcomeBefore && outcome < 2 && answered < answeredBefore)
  return collectedLess ? { ...earlier, rows: later.rows, future_rows } : { ...later, future_rows }
}
