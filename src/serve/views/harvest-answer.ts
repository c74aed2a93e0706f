import type { LedgerRow } from '../../snapshot/ledger.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { adviceFor } from '../health/advice.ts'

/** Counts of the ledger that the day shows, one array each. */
const COUNTS = [
  'requested',
  'answered',
  'complete',
  'with_greeks',
  'skipped',
  'rows',
  'skew_seconds',
  'smile_skew_seconds',
  'quote_age_seconds',
  'live_rows',
  'frozen_rows',
  'delayed_rows',
] as const satisfies readonly (keyof LedgerRow)[]

type Count = (typeof COUNTS)[number]

/** The slots of one symbol and trade date, one array a column, in order. */
export type HarvestDay = { readonly [C in Count]: readonly (number | null)[] } & {
  readonly slot: readonly string[]
  readonly outcome: readonly LedgerRow['outcome'][]
  readonly reason: readonly LedgerRow['reason'][]
  readonly detail: readonly (string | null)[]
  /** What a person can do about the reason; null without one. */
  readonly advice: readonly (string | null)[]
  /** From the slot to the beginning of its cycle; null where none ran. */
  readonly started_seconds: readonly (number | null)[]
  /** From the slot to the moment at which its rows were ready to be written. */
  readonly finished_seconds: readonly (number | null)[]
}

/** How a symbol's slots of one trade date were collected, from its entries in the ledger. Pure. */
export function harvestDay(entries: readonly LedgerRow[]): HarvestDay {
  const since = ({ timestamp }: LedgerRow, at: number | null) =>
    at === null ? null : Math.round((at - timestamp) / 100) / 10
  const counts = COUNTS.map((name) => [name, entries.map((entry) => entry[name])] as const)
  return {
    ...(Object.fromEntries(counts) as { readonly [C in Count]: (number | null)[] }),
    slot: entries.map(({ timestamp }) => new Date(timestamp).toISOString()),
    outcome: entries.map(({ outcome }) => outcome),
    reason: entries.map(({ reason }) => reason),
    detail: entries.map(({ detail }) => detail),
    advice: entries.map(({ reason }) => adviceFor(reason)),
    started_seconds: entries.map((entry) => since(entry, entry.started_at)),
    finished_seconds: entries.map((entry) => since(entry, entry.finished_at)),
  }
}

/** When the quotes of one slot came. */
export interface QuoteArrivals {
  /** Null if nothing is stored. */
  readonly slot: string | null
  readonly date: string | null
  /** Second of the first entry of `counts`, from the slot; below zero for quotes that came before it. */
  readonly from_second: number
  /** Contracts whose bid or ask last spoke in each second. */
  readonly counts: readonly number[]
  /** Contracts with a quote from before or after these seconds. */
  readonly outside: number
  /** Contracts with neither bid nor ask. */
  readonly unquoted: number
  /** Contracts whose quote is that of an earlier slot. */
  readonly carried: number
  readonly rows: number
}

/** The seconds around a slot that are counted one by one. */
const FIRST_SECOND = -60
const LAST_SECOND = 3_600

/** The quotes of one slot's rows by the second in which they came. Pure. */
export function quoteArrivals(
  rows: readonly Pick<SnapshotRow, 'timestamp' | 'date' | 'quoted_at' | 'carried_from'>[],
): QuoteArrivals {
  const [first] = rows
  const own = rows.filter(({ carried_from }) => carried_from === null)
  const seconds = own.flatMap(({ quoted_at, timestamp }) =>
    quoted_at === null ? [] : Math.floor((quoted_at - timestamp) / 1_000),
  )
  const counted = seconds.filter((second) => second >= FIRST_SECOND && second <= LAST_SECOND)
  const from = Math.min(0, ...counted)
  const counts = new Array<number>(counted.length === 0 ? 0 : Math.max(...counted) - from + 1).fill(0)
  for (const second of counted) counts[second - from] = (counts[second - from] ?? 0) + 1
  return {
    slot: first ? new Date(first.timestamp).toISOString() : null,
    date: first?.date ?? null,
    from_second: from,
    counts,
    outside: seconds.length - counted.length,
    unquoted: own.length - seconds.length,
    carried: rows.length - own.length,
    rows: rows.length,
  }
}
