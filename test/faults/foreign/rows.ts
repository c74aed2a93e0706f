import { sessionOn, sessionsBetween } from '../../../src/market/calendar.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import { type LedgerRow, NO_CONTENT, NO_QUALITY } from '../../../src/snapshot/ledger.ts'
import { NOT_RECORDED, type SnapshotRow } from '../../../src/snapshot/row.ts'
import type { Row, TableShape } from './model.ts'

export type Random = () => number

/** One with a dot, and one that DuckDB and Hive read as null in the name of a folder. */
export const SYMBOLS = ['SPY', 'BRK.B', 'NULL'] as const
const EXPIRIES = ['20260116', '20260220'] as const
const STRIKES = [500, 501, 502.5, 505] as const
const SLOTS_A_SESSION = 6
const FIVE_MINUTES = 300_000
const SESSIONS = sessionsBetween(sessionDate('2026-01-02'), sessionDate('2026-06-30')).map(({ date }) => date)

export interface SlotPlace {
  readonly slot: EpochMs
  readonly date: SessionDate
}

/** The slot with this index: the first six of each session. */
export function slotPlace(index: number): SlotPlace {
  const date = SESSIONS[Math.floor(index / SLOTS_A_SESSION) % SESSIONS.length] as SessionDate
  const openAt = sessionOn(date)?.openAt as EpochMs
  return { date, slot: epochMs(openAt + (index % SLOTS_A_SESSION) * FIVE_MINUTES) }
}

export function pick<T>(random: Random, all: readonly T[]): T {
  return all[Math.floor(random() * all.length)] as T
}

const whole = (random: Random, below: number) => Math.floor(random() * below)
const decimals = (random: Random, most: number, digits: number) =>
  Math.round(random() * most * 10 ** digits) / 10 ** digits
const orNull = (random: Random, value: number) => (random() < 0.1 ? null : value)

/** Contracts of a slot: a random part of all, at least one. */
export function snapshotRows(random: Random, { slot, date }: SlotPlace, symbol: string): SnapshotRow[] {
  const share = 0.2 + 0.8 * random()
  const rows: SnapshotRow[] = []
  for (const expiry of EXPIRIES) {
    for (const strike of STRIKES) {
      for (const right of ['C', 'P']) {
        if (random() < share || rows.length === 0) {
          rows.push(snapshotRow(random, { slot, date }, { symbol, expiry, strike, right }))
        }
      }
    }
  }
  return rows
}

export function snapshotRow(
  random: Random,
  { slot, date }: SlotPlace,
  contract: Pick<SnapshotRow, 'symbol' | 'expiry' | 'strike' | 'right'>,
): SnapshotRow {
  const bid = whole(random, 2_000) / 100
  return {
    timestamp: slot,
    ...contract,
    bid: orNull(random, bid),
    ask: orNull(random, (Math.round(bid * 100) + 5) / 100),
    last: null,
    bid_size: whole(random, 50),
    ask_size: whole(random, 70),
    volume: orNull(random, whole(random, 900)),
    open_interest: orNull(random, whole(random, 30_000)),
    iv: orNull(random, decimals(random, 0.4, 6)),
    delta: decimals(random, 1, 6),
    gamma: decimals(random, 0.05, 8),
    theta: decimals(random, 0.3, 6),
    vega: decimals(random, 0.9, 6),
    underlying_price: 502,
    greeks_source: 'ib_model',
    data_type: 'live',
    quoted_at: slot + whole(random, 60_000),
    con_id: 700_000_000 + whole(random, 1_000_000),
    trading_class: contract.symbol,
    flags: whole(random, 4),
    ...NOT_RECORDED,
    yearmonth: contract.expiry.slice(0, 6),
    date,
  }
}

export function reportOf(
  { slot, date }: SlotPlace,
  symbol: string,
  answered: number,
): Omit<LedgerRow, 'rows'> {
  return {
    timestamp: slot,
    symbol,
    date,
    outcome: answered === 0 ? 'missing' : 'stored',
    reason: answered === 0 ? 'no_market_data' : null,
    detail: null,
    requested: answered,
    answered,
    complete: answered,
    with_greeks: answered,
    skipped: 0,
    underlying_price: 502,
    vix: 17.25,
    skew_seconds: 1,
    smile_skew_seconds: 1,
    started_at: slot,
    finished_at: slot + 20_000,
    ...NO_QUALITY,
    ...NO_CONTENT,
    kind: null,
    future_rows: null,
    definition_version: null,
  }
}

/** A row of a small table: random numbers, and null in a tenth of the columns that may be null. */
export function smallRow(random: Random, { columns }: TableShape, fixed: Row): Row {
  const values = columns.map(({ name, type, nullable }): [string, unknown] => {
    if (name in fixed) return [name, fixed[name]]
    if (nullable && random() < 0.1) return [name, null]
    if (type === 'string') return [name, `text ${whole(random, 100)}`]
    return [name, type === 'double' ? decimals(random, 100, 4) : whole(random, 1_000)]
  })
  return Object.fromEntries(values)
}
