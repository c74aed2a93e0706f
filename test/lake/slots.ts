import type { SlotCommit } from '../../src/lake/write/append.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../src/market/units.ts'
import { type LedgerRow, NO_CONTENT, NO_QUALITY } from '../../src/snapshot/ledger.ts'
import { NOT_RECORDED, type SnapshotRow } from '../../src/snapshot/row.ts'

export const DAY = sessionDate('2026-11-20')
/** 10:30 in New York. */
export const SLOT = epochMs(Date.parse('2026-11-20T15:30:00.000Z'))
export const FIVE_MINUTES = 300_000

export function row(change: Partial<SnapshotRow> = {}): SnapshotRow {
  return {
    timestamp: SLOT,
    symbol: 'SPY',
    expiry: '20261218',
    strike: 600,
    right: 'C',
    bid: 5.1,
    ask: 5.2,
    last: null,
    bid_size: 12,
    ask_size: 40,
    volume: 1033,
    open_interest: 20_417,
    iv: 0.184213,
    delta: 0.512345,
    gamma: 0.01234567,
    theta: -0.143211,
    vega: 0.612345,
    underlying_price: 600.4,
    greeks_source: 'ib_model',
    data_type: 'live',
    quoted_at: SLOT + 12_345,
    con_id: 712_345_678,
    trading_class: 'SPY',
    flags: 0,
    ...NOT_RECORDED,
    yearmonth: '202612',
    date: DAY,
    ...change,
  }
}

/** `count` contracts around 600 of one slot, every value a function of the index. */
export function chain(count: number, change: Partial<SnapshotRow> = {}): SnapshotRow[] {
  const expiries = ['20261120', '20261127', '20261218', '20261231', '20270115']
  return Array.from({ length: count }, (_, i) => {
    const expiry = expiries[i % expiries.length] as string
    return row({
      expiry,
      yearmonth: expiry.slice(0, 6),
      strike: 500 + Math.floor(i / 10),
      right: i % 10 < 5 ? 'C' : 'P',
      bid: i % 7 === 0 ? null : Math.round(((i * 37) % 2000) + 1) / 100,
      ask: Math.round(((i * 37) % 2000) + 5) / 100,
      volume: (i * 13) % 900,
      open_interest: (i * 101) % 30_000,
      iv: Math.round(1e6 * (0.12 + ((i * 7919) % 10_007) / 50_000)) / 1e6,
      delta: Math.round(1e6 * Math.sin(i)) / 1e6,
      gamma: Math.round(1e8 * Math.abs(Math.cos(i) / 50)) / 1e8,
      theta: -Math.round(1e6 * Math.abs(Math.sin(2 * i))) / 1e6,
      vega: Math.round(1e6 * Math.abs(Math.cos(3 * i))) / 1e6,
      quoted_at: SLOT + ((i * 31) % 60_000),
      con_id: 700_000_000 + i,
      ...change,
    })
  })
}

export function report(change: Partial<LedgerRow> = {}): Omit<LedgerRow, 'rows'> {
  const { rows: _counted, ...rest }: LedgerRow = {
    timestamp: SLOT,
    symbol: 'SPY',
    date: DAY,
    outcome: 'stored',
    reason: null,
    detail: null,
    requested: 1,
    answered: 1,
    complete: 1,
    with_greeks: 1,
    skipped: 0,
    rows: 0,
    underlying_price: 600.4,
    vix: 17.25,
    skew_seconds: 11.5,
    smile_skew_seconds: 1.5,
    started_at: SLOT,
    finished_at: SLOT + 20_000,
    ...NO_QUALITY,
    ...NO_CONTENT,
    kind: null,
    future_rows: null,
    definition_version: null,
    ...change,
  }
  return rest
}

/** One slot of one or more symbols; rows and reports are stamped with slot and symbol. */
export function slotOf(
  parts: Readonly<Record<string, readonly SnapshotRow[]>>,
  slot: EpochMs = SLOT,
  date: SessionDate = DAY,
): SlotCommit {
  return {
    slot,
    date,
    symbols: Object.entries(parts).map(([symbol, rows]) => ({
      symbol,
      rows: rows.map((one) => ({ ...one, symbol, timestamp: slot, date })),
      report: report({ symbol, timestamp: slot, date, requested: rows.length, answered: rows.length }),
    })),
  }
}

export function after(slots: number): EpochMs {
  return epochMs(SLOT + slots * FIVE_MINUTES)
}
