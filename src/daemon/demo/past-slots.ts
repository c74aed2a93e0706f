import { setImmediate } from 'node:timers/promises'
import { historyBySymbol, readHistory } from '../../analytics/stored/reader.ts'
import { figuresOf, rowsAt, storedRow } from '../../analytics/stored/stored-figures.ts'
import { fittedRows } from '../../analytics/stored/surfaces/store-surfaces.ts'
import { buildSymbolSlot, type QuoteHistories } from '../../capture/build-rows.ts'
import { selectAll } from '../../capture/cycle/budget.ts'
import { chainExpiryTimes } from '../../capture/expiry-times.ts'
import { withLearned } from '../../chain/cache-updates.ts'
import { chainOf } from '../../chain/chain.ts'
import { type ChainCache, chainCachePath, readChainCache, writeChainCache } from '../../chain/chain-cache.ts'
import type { Config } from '../../config/config.ts'
import { plan } from '../../harvest/plan.ts'
import type { Lake } from '../../lake/open.ts'
import { MARKET_METRICS, SURFACE_GRID, SURFACES } from '../../lake/tables/small-tables.ts'
import { append, type SymbolSlot } from '../../lake/write/append.ts'
import { upsert } from '../../lake/write/write-rows.ts'
import { VIX } from '../../market/contract.ts'
import type { Instrument } from '../../market/instrument.ts'
import { type EpochMs, epochMs, type SessionDate } from '../../market/units.ts'
import type { Market, SimContract } from '../../simulator/market/market.ts'
import type { MarketMetricsRow } from '../../snapshot/figures/market-metrics.ts'
import type { SlotReason } from '../../snapshot/ledger.ts'
import type { SurfaceGridRow } from '../../snapshot/surface/surface-grid.ts'
import type { SurfaceRow } from '../../snapshot/surface/surfaces.ts'
import { reportMissing } from '../../snapshot/symbol-report.ts'
import { listChain, stockIn } from './listed-chain.ts'
import { harvestFrom, priceAt } from './quoted-harvest.ts'

/** What went wrong in a slot. */
export interface PastFault {
  readonly slot: EpochMs
  readonly symbol: string
  readonly reason: SlotReason
  readonly detail: string
  /** The fraction of the contracts that was answered before the deadline; 0: the slot is missing. */
  readonly answeredFraction: number
}

interface PastSlots {
  /** Quotes and contracts of the date. */
  readonly market: Market
  readonly date: SessionDate
  /** In order. */
  readonly slots: readonly EpochMs[]
  readonly faults?: readonly PastFault[]
}

interface PastOptions {
  readonly config: Config
  readonly signal: AbortSignal
  /** Called with the time of each slot before it is stored: commits are stamped with the lake's clock. */
  setTime(at: EpochMs): void
  onSlot?(): void
}

/** Stocks only: their options are asked for as the configuration's policy says. */
interface Followed {
  readonly instrument: Instrument
  readonly underlying: SimContract
  cache: ChainCache
}

/** Between a slot and its commit; ms. */
const COMMIT_AFTER_MS = 40_000
/** Enough for every contract of the policy. */
const LIMITS = { messagesPerSecond: 10_000, pacingWindowMs: 1_000, lines: 1_000 }
const ENOUGH_SECONDS = 240

/**
 * Stores slots of one session of a simulated market as if they had been collected: rows, ledger, figures and surfaces by the
 * same code as a live cycle, without the gateway in between. Figures and surfaces of all the slots are two commits at
 * the end. The chains stay in the lake's cache. Rejects with the signal's reason when it is aborted.
 * @throws Failure EXIT.usage for a symbol that is no stock of the market; EXIT.io when the lake cannot be written.
 */
export async function storePastSlots(
  lake: Lake,
  { market, date, slots, faults = [] }: PastSlots,
  { config, signal, setTime, onSlot }: PastOptions,
): Promise<void> {
  const [first] = slots
  if (first === undefined) return
  setTime(first)
  const followed = config.symbols.map((instrument) =>
    follow(market, lake, { instrument, date, at: first, config }),
  )
  const vix = market.find({ symbol: VIX.symbol, secType: 'IND' })[0]
  const pastOf = historyBySymbol(await readHistory(lake, date))
  const quoteHistories: QuoteHistories = new Map()
  const metrics: MarketMetricsRow[] = []
  const surfaces: SurfaceRow[] = []
  const grid: SurfaceGridRow[] = []

  for (const at of slots) {
    signal.throwIfAborted()
    const vixLevel = vix ? (market.quote(vix, at).last ?? null) : null
    const parts = followed.map((one) => {
      const fault = faults.find(({ slot, symbol }) => slot === at && symbol === one.instrument.symbol)
      return partOf(one, { market, at, date, vix: vixLevel, fault, config, quoteHistories })
    })
    setTime(epochMs(at + COMMIT_AFTER_MS))
    await append(lake, { slot: at, symbols: parts })
    for (const { symbol, rows } of parts) {
      if (rows.length === 0) continue
      await setImmediate()
      const stored = await rowsAt(lake, symbol, at)
      const own = pastOf(symbol)
      const past = { ...own, metrics: [...own.metrics, ...metrics.filter((row) => row.symbol === symbol)] }
      const underlying = stockIn(market, symbol)
      const ivIndexFraction = market.quote(underlying, at).impliedVol30Fraction ?? null
      const received = { symbol, kind: 'STK' as const, vix: vixLevel, ivIndexFraction }
      metrics.push(
        storedRow(figuresOf(stored, { at, date }, { ...received, options: config.analytics, past })),
      )
      if (!config.analytics.surface) continue
      const fitted = fittedRows(stored, { symbol, slot: at, date }, config.analytics)
      surfaces.push(...fitted.surfaces)
      grid.push(...fitted.grid)
    }
    onSlot?.()
  }
  await upsert(lake, MARKET_METRICS, metrics)
  await upsert(lake, SURFACES, surfaces)
  await upsert(lake, SURFACE_GRID, grid)
  for (const { instrument, cache } of followed)
    writeChainCache(chainCachePath(lake.layout.contracts, instrument.symbol), cache)
}

function follow(
  market: Market,
  lake: Lake,
  {
    instrument,
    date,
    at,
    config,
  }: { instrument: Instrument; date: SessionDate; at: EpochMs; config: Config },
): Followed {
  const before = readChainCache(chainCachePath(lake.layout.contracts, instrument.symbol))
  const terms = { instrument, universe: config.universe, at, today: date, before }
  return {
    instrument,
    underlying: stockIn(market, instrument.symbol),
    cache: listChain(market, terms),
  }
}

interface SlotTerms {
  readonly market: Market
  readonly at: EpochMs
  readonly date: SessionDate
  readonly vix: number | null
  readonly fault: PastFault | undefined
  readonly config: Config
  readonly quoteHistories: QuoteHistories
}

/** One symbol of a slot, as a cycle would hand it to the lake. What the cycle learns for the day goes to the chain's cache. */
function partOf(
  one: Followed,
  { market, at, date, vix, fault, config, quoteHistories }: SlotTerms,
): SymbolSlot {
  const { instrument, underlying } = one
  const { symbol, kind } = instrument
  const price = priceAt(market, underlying, at)
  if (fault?.answeredFraction === 0 || price === null) {
    const { reason = 'no_market_data' as const, detail = null } = fault ?? {}
    return {
      symbol,
      rows: [],
      report: reportMissing(symbol, reason, { slot: at, date, detail, startedAt: at, kind }),
    }
  }
  const chain = chainOf(one.cache, { today: date, options: config.universe, instrument })
  const volFraction = market.quote(underlying, at).impliedVol30Fraction ?? null
  const spots = [{ price: price.price, volFraction }]
  const { selections } = selectAll([{ symbol, chain, spots }], { config, limits: LIMITS }, ENOUGH_SECONDS)
  const share = selections.get(symbol)
  const order = plan(share?.wanted ?? [], price.price)
  const answered = Math.floor(order.length * (fault?.answeredFraction ?? 1))
  const harvest = harvestFrom(market, { symbol, slot: at, underlying, order, answered })
  one.cache = withLearned(one.cache, {
    date,
    openInterest: new Map(),
    windows: share?.windows ?? one.cache.windows,
    refused: [],
  })
  const facts = {
    ...{ kind, vix, skipped: share?.skipped.length ?? 0, openInterest: one.cache.openInterest },
    underlyingPrice: price.price,
    expiresAt: chainExpiryTimes(one.cache),
  }
  return buildSymbolSlot(harvest, { at, date }, facts, { analytics: config.analytics, quoteHistories })
}
