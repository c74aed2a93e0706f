import type { SlotCommit } from '../../src/lake/write/append.ts'
import { sessionOn, sessionsBetween } from '../../src/market/calendar.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../src/market/units.ts'
import { type LedgerRow, NO_CONTENT, NO_QUALITY } from '../../src/snapshot/ledger.ts'
import { NOT_RECORDED, type SnapshotRow } from '../../src/snapshot/row.ts'

/**
 * What the writer of a campaign stores: operation `k` is a pure function of `k`, so the right content of a lake after `n`
 * operations can be computed and compared.
 */
export const SYMBOLS = ['SPY', 'QQQ'] as const
export const ROWS_A_SYMBOL = 40

const FIRST_DATE = sessionDate('2026-01-02')
/** Fewer than in an early close, so that all sessions are alike. */
const SLOTS_A_SESSION = 40
const INTERVAL_MS = 300_000
/** The fifth of five operations repeats half of the fourth's contracts: an upsert. */
const GROUP = 5

/** The content of one slot and symbol: the number of rows, and a sum over their values. */
export interface Content {
  readonly rows: number
  readonly sum: number
}

/** The sum of `Content`, as SQL over `option_snapshots`. */
export const SUM_SQL =
  'sum(con_id % 100003 + round(bid * 100) * 31 + volume * 17 + open_interest + round(iv * 1e6) * 7 + round(gamma * 1e8) * 3)::DOUBLE'

const sessions: SessionDate[] = []

/** The slot with this index, with its New York date. */
export function slotAt(index: number): { readonly slot: EpochMs; readonly date: SessionDate } {
  const day = Math.floor(index / SLOTS_A_SESSION)
  while (sessions.length <= day) {
    const from = sessions.length === 0 ? FIRST_DATE : addDays(sessions.at(-1) as SessionDate, 1)
    sessions.push(...sessionsBetween(from, addDays(from, 40)).map(({ date }) => date))
  }
  const date = sessions[day] as SessionDate
  const openAt = sessionOn(date)?.openAt as EpochMs
  return { slot: epochMs(openAt + (index % SLOTS_A_SESSION) * INTERVAL_MS), date }
}

/** Which slot an operation stores, and whether it does so again. */
export function planOf(op: number): { readonly index: number; readonly again: boolean } {
  const position = op % GROUP
  const index = Math.floor(op / GROUP) * (GROUP - 1) + Math.min(position, GROUP - 2)
  return { index, again: position === GROUP - 1 }
}

/** Operation `op` as a commit. Its number is in the ledger, as `detail`. */
export function slotCommitOf(op: number): SlotCommit {
  const { slot, date } = slotAt(planOf(op).index)
  return {
    slot,
    date,
    symbols: SYMBOLS.map((symbol) => {
      const rows = rowsOf(op, symbol)
      return { symbol, rows, report: reportOf({ op, slot, date, symbol, answered: rows.length }) }
    }),
  }
}

/** The operation of a ledger row. */
export function opOf(row: LedgerRow): number {
  return Number(/^op (\d+)$/.exec(row.detail ?? '')?.[1] ?? Number.NaN)
}

/** The content of the lake after operations 0 … count − 1: `<epoch ms> <symbol>` → content. */
export function contentAfter(count: number): Map<string, Content> {
  const all = new Map<string, Content>()
  for (let op = 0; op < count; op++) {
    const { index, again } = planOf(op)
    for (const symbol of SYMBOLS) {
      const fresh = rowsOf(op, symbol)
      const kept = again ? rowsOf(op - 1, symbol).filter((_, at) => at % 2 === 1) : []
      const rows = [...kept, ...fresh]
      all.set(`${slotAt(index).slot} ${symbol}`, { rows: rows.length, sum: sumOf(rows) })
    }
  }
  return all
}

/** Rows and sum of the whole lake after 0, 1, … count operations. */
export function totalsUpTo(count: number): Content[] {
  const totals: Content[] = [{ rows: 0, sum: 0 }]
  for (let op = 0; op < count; op++) {
    const before = totals.at(-1) as Content
    const { again } = planOf(op)
    const parts = SYMBOLS.map((symbol) => {
      const gone = again ? rowsOf(op - 1, symbol).filter((_, at) => at % 2 === 0) : []
      const fresh = rowsOf(op, symbol)
      return { rows: fresh.length - gone.length, sum: sumOf(fresh) - sumOf(gone) }
    })
    totals.push({
      rows: parts.reduce((rows, part) => rows + part.rows, before.rows),
      sum: parts.reduce((sum, part) => sum + part.sum, before.sum),
    })
  }
  return totals
}

export function sumOf(rows: readonly SnapshotRow[]): number {
  return rows.reduce(
    (sum, row) =>
      sum +
      (row.con_id % 100_003) +
      Math.round((row.bid as number) * 100) * 31 +
      (row.volume as number) * 17 +
      (row.open_interest as number) +
      Math.round((row.iv as number) * 1e6) * 7 +
      Math.round((row.gamma as number) * 1e8) * 3,
    0,
  )
}

function rowsOf(op: number, symbol: string): SnapshotRow[] {
  const { index, again } = planOf(op)
  const { slot, date } = slotAt(index)
  const every = Array.from({ length: ROWS_A_SYMBOL }, (_, at) => rowOf({ op, at, symbol, slot, date }))
  return again ? every.filter((_, at) => at % 2 === 0) : every
}

interface RowPlace {
  readonly op: number
  readonly at: number
  readonly symbol: string
  readonly slot: EpochMs
  readonly date: SessionDate
}

function rowOf({ op, at, symbol, slot, date }: RowPlace): SnapshotRow {
  const noise = Math.imul(op * 64 + at + 1, 0x9e3779b1) >>> 0
  const bid = (noise % 2_000) / 100
  return {
    timestamp: slot,
    symbol,
    expiry: '20270115',
    strike: 500 + (at >> 1),
    right: at % 2 === 0 ? 'C' : 'P',
    bid,
    ask: (Math.round(bid * 100) + 5) / 100,
    last: null,
    bid_size: noise % 50,
    ask_size: noise % 70,
    volume: noise % 900,
    open_interest: noise % 30_000,
    iv: (noise % 400_000) / 1e6,
    delta: (noise % 1_000_000) / 1e6,
    gamma: (noise % 5_000_000) / 1e8,
    theta: -(noise % 300_000) / 1e6,
    vega: (noise % 900_000) / 1e6,
    underlying_price: 510,
    greeks_source: 'ib_model',
    data_type: 'live',
    quoted_at: slot + (noise % 60_000),
    con_id: 700_000_000 + at + (symbol === 'SPY' ? 0 : 1_000),
    trading_class: symbol,
    flags: 0,
    ...NOT_RECORDED,
    yearmonth: '202701',
    date,
  }
}

interface ReportPlace {
  readonly op: number
  readonly slot: EpochMs
  readonly date: SessionDate
  readonly symbol: string
  readonly answered: number
}

function reportOf({ op, slot, date, symbol, answered }: ReportPlace): Omit<LedgerRow, 'rows'> {
  return {
    timestamp: slot,
    symbol,
    date,
    outcome: 'stored',
    reason: null,
    detail: `op ${op}`,
    requested: answered,
    answered,
    complete: answered,
    with_greeks: answered,
    skipped: 0,
    underlying_price: 510,
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
