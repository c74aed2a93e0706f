import { slotMetrics } from './analytics/metrics.ts'
import { metricsRow } from './analytics/metricsrow.ts'
import { observationRow } from './analytics/observation.ts'
import { type AnalyticsOptions, carryOf } from './analytics/options.ts'
import { readHistory } from './analytics/reader.ts'
import type { Lake } from './lake/open.ts'
import { chainAsOf } from './lake/query.ts'
import { ledger } from './lake/slots-table.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from './lake/tables.ts'
import { readRows } from './lake/tables-read.ts'
import { replaceDay, upsert } from './lake/tables-write.ts'
import { sessionOn } from './market/calendar.ts'
import { type EpochMs, epochMs, type SessionDate } from './market/units.ts'
import type { Slot } from './schedule/slots.ts'
import type { LedgerRow } from './snapshot/ledger.ts'
import type { MetricsRow } from './snapshot/metrics.ts'
import type { ObservationRow } from './snapshot/observations.ts'

/** What the gateway said of one symbol in a cycle beside its rows. */
export interface Received {
  readonly symbol: string
  /** VIX index level, points; null where not received. */
  readonly vix: number | null
  /** The gateway's own 30-day volatility (tick 24), a fraction; null where not received. */
  readonly ivIndexFraction: number | null
}

/**
 * Computes the figures of a stored slot and writes them to `market_metrics`. They are made from the rows as the lake
 * has them, so that a rebuild comes to the same bits.
 */
export async function storeFigures(
  lake: Lake,
  slot: Slot,
  { received, options }: { received: readonly Received[]; options: AnalyticsOptions },
): Promise<readonly MetricsRow[]> {
  const rows: MetricsRow[] = []
  for (const one of received) rows.push(await figuresOf(lake, slot, { ...one, options }))
  await upsert(lake, MARKET_METRICS, rows)
  return rows
}

async function figuresOf(
  lake: Lake,
  { at, date }: Slot,
  { symbol, vix, ivIndexFraction, options }: Received & { options: AnalyticsOptions },
): Promise<MetricsRow> {
  const newest = await chainAsOf(lake, symbol, { at })
  const rows = newest.filter(({ timestamp }) => timestamp === at)
  const past = await readHistory(lake, symbol, at)
  const carry = carryOf(options, symbol)
  const metrics = slotMetrics({ slot: at, date, rows, carry, vix, ivIndexFraction, ...past })
  return metricsRow({ timestamp: at, symbol, date }, metrics)
}

/** After the close: the session's own observation of each symbol, from the figures of its slots. */
export async function observeDay(
  lake: Lake,
  date: SessionDate,
  recordedAt: EpochMs,
): Promise<readonly ObservationRow[]> {
  const session = sessionOn(date)
  if (!session) return []
  const figures = await readRows(lake, MARKET_METRICS, { from: date, to: date })
  const symbols = [...new Set(figures.map(({ symbol }) => symbol))]
  const rows = symbols.flatMap((symbol) => {
    const own = figures.filter((row) => row.symbol === symbol)
    return observationRow(own, session, recordedAt) ?? []
  })
  if (rows.length > 0) await upsert(lake, DAILY_OBSERVATIONS, rows)
  return rows
}

/**
 * Computes a day's figures and observations anew from its stored chains, and puts them in the place of the stored ones.
 * Days are to be rebuilt in order: the figures of one rest on those of the days before.
 */
export async function rebuildDay(
  lake: Lake,
  date: SessionDate,
  { options, recordedAt }: { options: AnalyticsOptions; recordedAt: EpochMs },
): Promise<{ readonly slots: number }> {
  const entries = (await ledger(lake, { date })).filter(({ rows }) => rows > 0)
  const before = new Map(
    (await readRows(lake, MARKET_METRICS, { from: date, to: date })).map((row) => [keyOf(row), row]),
  )
  await replaceDay(lake, MARKET_METRICS, { date, rows: [] })
  const slots = [...new Set(entries.map(({ timestamp }) => timestamp))].sort((a, b) => a - b)
  for (const slot of slots) {
    const received = entries
      .filter(({ timestamp }) => timestamp === slot)
      .map(({ timestamp, symbol, vix }): Received => {
        const stored = before.get(keyOf({ timestamp, symbol }))
        return { symbol, vix, ivIndexFraction: stored?.iv30_ib_index ?? null }
      })
    await storeFigures(lake, { at: epochMs(slot), date }, { received, options })
  }
  await observeDay(lake, date, recordedAt)
  return { slots: slots.length }
}

function keyOf({ timestamp, symbol }: Pick<LedgerRow, 'timestamp' | 'symbol'>): string {
  return `${timestamp} ${symbol}`
}
