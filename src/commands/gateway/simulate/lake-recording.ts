import { chainCachePath, readChainCache } from '../../../chain/chain-cache.ts'
import { wireSymbol } from '../../../gateway/session/wire/symbols.ts'
import { layoutOf } from '../../../lake/layout.ts'
import { type Lake, openLake } from '../../../lake/open.ts'
import { lakeAsOf } from '../../../lake/query/as-of.ts'
import { chainAsOf } from '../../../lake/query/chains.ts'
import { stats } from '../../../lake/query/stats.ts'
import { contractsOn, slotAfter } from '../../../lake/query/stored-slots.ts'
import { readRows } from '../../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../../lake/tables/small-tables.ts'
import { systemClock } from '../../../market/clock.ts'
import { VIX } from '../../../market/contract.ts'
import { instrumentNamed } from '../../../market/instruments.ts'
import type { DataType } from '../../../market/quote.ts'
import type { EpochMs, SessionDate } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type {
  RecordedChain,
  RecordedQuote,
  RecordedSession,
  Recording,
} from '../../../simulator/market/replay/recording.ts'
import type { ObservationRow } from '../../../snapshot/daily-observations.ts'
import type { MarketMetricsRow } from '../../../snapshot/figures/market-metrics.ts'
import { QUALITY_FLAGS } from '../../../snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../snapshot/row.ts'

/** A lake as a replay reads it: the version that was the newest when it was opened, whatever is written meanwhile. */
export interface LakeRecording extends Recording {
  /** Absolute. */
  readonly folder: string
  /** The same version, for figures of the same slots. */
  readonly lake: Lake
  readonly firstSlot: EpochMs
  readonly lastSlot: EpochMs
  /** As the lake has them: `BRK.B`. */
  readonly symbols: readonly string[]
  close(): Promise<void>
}

/** @throws Failure EXIT.configuration when the folder is no lake or has no rows; as `openLake` otherwise. */
export async function openLakeRecording(folder: string): Promise<LakeRecording> {
  const opened = await openLake(folder, { mode: 'read', clock: systemClock })
  try {
    const lake = await lakeAsOf(opened, { version: opened.snapshots.state.version })
    const { symbols, firstSlot, lastSlot } = await stats(lake)
    if (firstSlot === null || lastSlot === null) {
      throw new Failure(
        EXIT.configuration,
        `the lake ${lake.layout.root} has no rows to replay: collect first: optionlake collect-once`,
      )
    }
    const recording = await recordingOf(lake, symbols)
    return {
      ...recording,
      lake,
      folder: lake.layout.root,
      firstSlot,
      lastSlot,
      symbols,
      close: () => opened.close(),
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function recordingOf(lake: Lake, symbols: readonly string[]): Promise<Recording> {
  const { contracts } = layoutOf(lake.layout.root)
  const storedNames = new Map(symbols.map((symbol) => [wireSymbol(symbol), symbol]))
  const stored = (symbol: string) => storedNames.get(symbol) ?? symbol
  const metricsOn = oneDateCache((date) => readRows(lake, MARKET_METRICS, { from: date, to: date }))
  const observed = await readRows(lake, DAILY_OBSERVATIONS)

  return {
    underlyings: symbols.map((symbol) => {
      const known = readChainCache(chainCachePath(contracts, symbol))?.underlying
      const isIndex = (known?.secType ?? instrumentNamed(symbol).kind) === 'IND'
      return {
        symbol: wireSymbol(symbol),
        conId: known?.conId ?? null,
        secType: isIndex ? ('IND' as const) : ('STK' as const),
      }
    }),
    observations: new Map(
      [...symbols, VIX.symbol].map((symbol) => [wireSymbol(symbol), sessionsOf(symbol, observed)]),
    ),
    slotAfter: (symbol, at) => slotAfter(lake, stored(symbol), at),
    listedOn: async (symbol, date) =>
      (await contractsOn(lake, stored(symbol), date)).map((contract) => ({ ...contract, symbol })),
    chainAt: async (symbol, at) => {
      const rows = await chainAsOf(lake, stored(symbol), { at })
      const [first] = rows
      if (!first) return null
      const date = first.date as SessionDate
      return chainOf(rows, { date, metrics: await metricsOn(date), symbol: stored(symbol) })
    },
  }
}

function chainOf(
  rows: readonly SnapshotRow[],
  {
    date,
    metrics,
    symbol,
  }: {
    readonly date: SessionDate
    readonly metrics: readonly MarketMetricsRow[]
    readonly symbol: string
  },
): RecordedChain {
  const slot = rows[0]?.timestamp as EpochMs
  const figures = metrics.find((row) => row.timestamp === slot && row.symbol === symbol)
  return {
    slot,
    date,
    quotes: rows.map(quoteOf),
    vix: figures?.vix ?? null,
    impliedVol30Fraction: figures?.iv30_ib_index ?? null,
  }
}

function quoteOf(row: SnapshotRow): RecordedQuote {
  const isOwn = row.greeks_source === 'own'
  const { iv, delta, gamma, vega, theta } = row
  const wasSent = !isOwn && [iv, delta, gamma, vega, theta].some((value) => value !== null)
  return {
    conId: row.con_id,
    bid: row.bid,
    ask: row.ask,
    bidSize: row.bid_size,
    askSize: row.ask_size,
    last: row.last,
    volume: row.volume,
    openInterest: row.open_interest,
    underlyingPrice: row.underlying_price,
    dataType: row.data_type as DataType | null,
    halted: (row.flags & QUALITY_FLAGS.halted) !== 0,
    partial: (row.flags & QUALITY_FLAGS.partial) !== 0,
    greeks: wasSent
      ? { impliedVolFraction: iv, delta, gamma, vega, theta, pvDividend: row.pv_dividend }
      : null,
  }
}

/**
 * The sessions of a symbol: closes from the gateway's history where it was fetched, else from our own chains; volatilities
 * from the gateway's history alone.
 */
function sessionsOf(symbol: string, observed: readonly ObservationRow[]): RecordedSession[] {
  const sessions = new Map<string, { close: number | null; impliedVol30Fraction: number | null }>()
  for (const row of observed) {
    if (row.symbol !== symbol) continue
    const known = sessions.get(row.date) ?? { close: null, impliedVol30Fraction: null }
    const fromGateway = row.source !== 'chain'
    sessions.set(row.date, {
      close: fromGateway ? (row.close ?? known.close) : (known.close ?? row.close),
      impliedVol30Fraction: row.source === 'ib_index' ? row.iv30 : known.impliedVol30Fraction,
    })
  }
  return [...sessions]
    .map(([date, values]) => ({ date: date as SessionDate, ...values }))
    .sort((a, b) => (a.date < b.date ? -1 : 1))
}

/** Keeps the rows of the date that was asked for last. */
function oneDateCache<T>(read: (date: SessionDate) => Promise<T>): (date: SessionDate) => Promise<T> {
  let kept: { readonly date: SessionDate; readonly rows: Promise<T> } | null = null
  return (date) => {
    if (kept?.date !== date) kept = { date, rows: read(date) }
    return kept.rows
  }
}
