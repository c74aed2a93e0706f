import { median } from '../market/statistics.ts'
import type { LedgerRow, SlotContent, SlotReason } from './ledger.ts'
import type { SnapshotRow } from './row.ts'

type ContentRow = Pick<SnapshotRow, 'bid' | 'ask' | 'data_type' | 'quoted_at'>

/** Counts what the rows of one symbol hold. A row whose kind of data the gateway did not name is in none of the kinds. */
export function slotContent(rows: readonly ContentRow[], finishedAt: number): SlotContent {
  const count = (is: (row: ContentRow) => boolean) => rows.filter(is).length
  const agesSeconds = rows.flatMap(({ quoted_at }) =>
    quoted_at === null ? [] : [Math.max(0, finishedAt - quoted_at) / 1_000],
  )
  return {
    live_rows: count(({ data_type }) => data_type === 'live'),
    frozen_rows: count(({ data_type }) => data_type === 'frozen'),
    delayed_rows: count(({ data_type }) => data_type === 'delayed' || data_type === 'delayed_frozen'),
    unquoted_rows: count(({ bid, ask }) => !(bid !== null && bid > 0) && !(ask !== null && ask > 0)),
    quote_age_seconds: median(agesSeconds),
  }
}

/** A share of the rows, or of the contracts, that is too large for the entry to be called stored. */
const TOO_MANY = 0.1
/** The same for rows without a bid above zero: contracts far out of the money often have none. */
const TOO_MANY_WITHOUT_BID = 0.9

/** What is wrong with a slot's content, in the ledger's terms. */
export interface ContentFault {
  readonly reason: SlotReason
  readonly detail: string
}

/**
 * What keeps a slot from being stored without a word, although its contracts answered; the most important fault, or null.
 * These limits are fixed, so that the ledger means the same in every lake; what /health makes of the counts is a setting.
 */
export function contentFault({
  answered,
  requested,
  skipped,
  zero_bid_share,
  ...content
}: SlotContent &
  Pick<LedgerRow, 'answered' | 'requested' | 'skipped' | 'zero_bid_share'>): ContentFault | null {
  const { delayed_rows, frozen_rows, unquoted_rows } = content
  const tooMany = (rows: number | null): rows is number => rows !== null && rows > TOO_MANY * answered
  if (answered === 0) return null
  if (tooMany(delayed_rows)) {
    return { reason: 'delayed_data', detail: `${delayed_rows} of ${answered} rows are delayed` }
  }
  if (tooMany(frozen_rows)) {
    return { reason: 'frozen_data', detail: `${frozen_rows} of ${answered} rows are frozen` }
  }
  if (tooMany(unquoted_rows)) {
    return { reason: 'no_quotes', detail: `${unquoted_rows} of ${answered} rows have neither bid nor ask` }
  }
  if (zero_bid_share !== null && zero_bid_share > TOO_MANY_WITHOUT_BID) {
    const without = Math.round(zero_bid_share * answered)
    return { reason: 'no_quotes', detail: `${without} of ${answered} rows have no bid` }
  }
  const listed = requested + skipped
  if (skipped > TOO_MANY * listed) {
    return { reason: 'over_budget', detail: `${skipped} of ${listed} contracts did not fit into the budget` }
  }
  return null
}
