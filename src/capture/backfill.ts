import { sameRow } from '../analytics/stored/stored-figures.ts'
import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import { findUnderlying, findVix } from '../chain/find-underlying.ts'
import { RequestRefused, RequestTimedOut, SessionEnded } from '../gateway/session/errors.ts'
import type { BarsRequest, DailyBar } from '../gateway/session/requests/contracts.ts'
import type { Session } from '../gateway/session/session.ts'
import type { Lake } from '../lake/open.ts'
import { readRows } from '../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../lake/tables/small-tables.ts'
import { upsert } from '../lake/write/write-rows.ts'
import { newYorkDate, sessionOn } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import { type Underlying, VIX } from '../market/contract.ts'
import { instrumentNamed } from '../market/instruments.ts'
import { addDays, daysBetween, type EpochMs, sessionDate } from '../market/units.ts'
import { EXIT, type ExitCode, Failure } from '../process/failure.ts'
import type { ObservationRow, ObservationSource } from '../snapshot/daily-observations.ts'
import { NO_DAILY_PRICES } from '../snapshot/daily-prices.ts'

/** Calendar days of the longest ranks, 252 sessions. */
export const YEAR_DAYS = 365
/** Calendar days fetched of a new symbol, about 365 sessions: a year of windows that are themselves up to half a year long. */
export const BACKFILL_DAYS = 530
/** Calendar days fetched after every session: the new one, and any that recent evenings may have missed. */
export const TOP_UP_DAYS = 10
/** With fewer sessions than this in the last year, the history counts as missing. */
const MIN_SESSIONS = 200
/** Pause between two requests for history, ms. Interactive Brokers hardly limits daily bars; this is a courtesy. */
const PAUSE_MS = 1_000

/** One kind of daily bars of one symbol. Each is fetched, stored and tried again by itself. */
export interface HistoryItem {
  readonly symbol: string
  readonly what: BarsRequest['what']
}

export interface HistoryRequest extends HistoryItem {
  /** Calendar days back from today. */
  readonly days: number
}

/** Why one item was not fetched. */
export interface HistoryFailure {
  readonly reason: 'unknown_symbol' | 'refused' | 'unanswered' | 'disconnected' | 'failed'
  /** One line, in the gateway's own words where it gave any. */
  readonly message: string
  readonly exitCode: ExitCode
}

/** What was stored of one item. */
export interface BackfilledItem extends HistoryItem {
  readonly sessions: number
  /** First and last session; null if there was none. */
  readonly from: string | null
  readonly to: string | null
  /** Null if the gateway answered, even with nothing. */
  readonly failure: HistoryFailure | null
}

/** The contracts whose history is asked for, and why there is none for a symbol. */
export type FoundUnderlyings = ReadonlyMap<string, Underlying | HistoryFailure>

/** The history of a symbol is closes and volatilities; that of the VIX is fetched too, collected or not. */
export function historyItems(symbols: readonly string[]): HistoryItem[] {
  const ofStocks = symbols.flatMap((symbol): HistoryItem[] => [
    { symbol, what: 'TRADES' },
    { symbol, what: 'OPTION_IMPLIED_VOLATILITY' },
  ])
  return symbols.includes(VIX.symbol) ? ofStocks : [...ofStocks, { symbol: VIX.symbol, what: 'TRADES' }]
}

/**
 * The contracts of the items that need no request: in the cached chain of any day, or known from before. The chain comes
 * first, because its contract changes when a future expires.
 */
export function knownForHistory(
  items: readonly HistoryItem[],
  contractsFolder: string,
  before: FoundUnderlyings = new Map(),
): ReadonlyMap<string, Underlying> {
  const known = new Map<string, Underlying>()
  for (const symbol of new Set(items.map((item) => item.symbol))) {
    const found = readChainCache(chainCachePath(contractsFolder, symbol))?.underlying ?? before.get(symbol)
    if (found && !isFailure(found)) known.set(symbol, found)
  }
  return known
}

/** Looks up the contracts of the items that are not known, each symbol by itself. */
export async function findForHistory(
  session: Session,
  items: readonly HistoryItem[],
  { known, signal }: { readonly known: ReadonlyMap<string, Underlying>; readonly signal: AbortSignal },
): Promise<FoundUnderlyings> {
  const found = new Map<string, Underlying | HistoryFailure>(known)
  for (const { symbol } of items) {
    if (found.has(symbol)) continue
    const lookUp =
      symbol === VIX.symbol
        ? vixOf(session, signal)
        : findUnderlying(session, instrumentNamed(symbol), signal)
    found.set(symbol, await orFailure(lookUp, signal))
  }
  return found
}

/**
 * Fetches the gateway's daily history, so that ranks, trends and realized volatility work from the first day, and stores
 * it as observations: volatility and prices of a stock under the source `ib_index`, the levels of the VIX under `index`.
 * Each item is stored as soon as it has arrived, and one that fails takes none of the others with it. Prices that a split
 * has rescaled are fetched as far back as there are any. Values that the gateway no longer
 * sends stay as they are stored; rows that were computed from stored chains are not touched.
 * @throws Failure EXIT.io if the lake cannot be written; the signal's reason when it is aborted.
 */
export async function backfill(
  session: Session,
  lake: Lake,
  requests: readonly HistoryRequest[],
  {
    found,
    clock,
    signal,
    onProgress,
  }: {
    readonly found: FoundUnderlyings
    readonly clock: Clock
    readonly signal: AbortSignal
    onProgress?(done: number, total: number, item: HistoryItem): void
  },
): Promise<BackfilledItem[]> {
  const results: BackfilledItem[] = []
  let isFirst = true
  for (const [done, { symbol, what, days }] of requests.entries()) {
    const item = { symbol, what }
    onProgress?.(done, requests.length, item)
    const underlying = found.get(symbol) ?? notFound(symbol)
    if (isFailure(underlying)) {
      results.push(nothingOf(item, underlying))
      continue
    }
    if (!isFirst) await clock.sleep(PAUSE_MS, signal)
    isFirst = false
    const today = newYorkDate(clock.now())
    const fetchDays = async (back: number) => {
      const sent = await orFailure(session.dailyBars(underlying, { days: back, what }, signal), signal)
      // The gateway counts a duration in sessions, or in whole years, and sends more than the days asked for.
      return isFailure(sent) ? sent : sent.filter(({ date }) => date >= addDays(today, -back))
    }
    let bars = await fetchDays(days)
    const daysOfOldScale = isFailure(bars) ? 0 : await daysBeforeSplit(lake, item, bars, clock.now())
    if (daysOfOldScale > days) {
      await clock.sleep(PAUSE_MS, signal)
      bars = await fetchDays(daysOfOldScale)
    }
    if (isFailure(bars)) results.push(nothingOf(item, bars))
    else {
      await storeDailyBars(lake, item, bars, clock.now())
      const dates = bars.map(({ date }) => date).sort()
      const [from, to] = [dates[0] ?? null, dates.at(-1) ?? null]
      results.push({ ...item, sessions: dates.length, from, to, failure: null })
    }
  }
  return results
}

/** What the lake has of one item's last year. */
export interface HistoryCoverage extends HistoryItem {
  readonly sessions: number
  /** The newest session; null if there is none. */
  readonly to: string | null
  /** Its close, level or volatility; null if there is none. */
  readonly lastValue: number | null
  /** Most of the year is missing, or a gap at its end is longer than a top-up covers. */
  readonly isMissing: boolean
  /** Sessions with a close but without high and low: they were stored by version 0.1. */
  readonly withoutRange: number
}

export async function historyCoverage(
  lake: Lake,
  items: readonly HistoryItem[],
  now: EpochMs,
): Promise<HistoryCoverage[]> {
  const today = newYorkDate(now)
  const year = { from: addDays(today, -YEAR_DAYS), to: today }
  const observed = await readRows(lake, DAILY_OBSERVATIONS, year)
  return items.map((item) => {
    const own = observed.filter((row) => isOf(item, row) && storedValueOf(item, row) !== null)
    const newest = own.reduce<ObservationRow | null>(
      (latest, row) => (latest === null || row.date > latest.date ? row : latest),
      null,
    )
    const endsEarly = newest === null || newest.date < addDays(today, -TOP_UP_DAYS)
    return {
      ...item,
      sessions: own.length,
      to: newest?.date ?? null,
      lastValue: newest && storedValueOf(item, newest),
      isMissing: own.length < MIN_SESSIONS || endsEarly,
      withoutRange: item.what === 'TRADES' ? own.filter(({ high }) => high === null).length : 0,
    }
  })
}

/** The result of items whose symbols the gateway does not know, without asking for their bars. */
export function unknownItems(items: readonly HistoryItem[], found: FoundUnderlyings): BackfilledItem[] {
  return items.flatMap((item) => {
    const underlying = found.get(item.symbol) ?? notFound(item.symbol)
    return isFailure(underlying) ? [nothingOf(item, underlying)] : []
  })
}

/** What an item is to a reader, such as `closes of SPY`. */
export function describeItem({ symbol, what }: HistoryItem): string {
  if (symbol === VIX.symbol) return `levels of the ${symbol}`
  return what === 'TRADES' ? `closes of ${symbol}` : `30-day volatilities of ${symbol}`
}

function isFailure<T extends object>(value: T | HistoryFailure): value is HistoryFailure {
  return 'exitCode' in value
}

function nothingOf(item: HistoryItem, failure: HistoryFailure): BackfilledItem {
  return { ...item, sessions: 0, from: null, to: null, failure }
}

function notFound(symbol: string): HistoryFailure {
  return { reason: 'unknown_symbol', message: `${symbol} was not looked up`, exitCode: EXIT.usage }
}

async function vixOf(session: Session, signal: AbortSignal): Promise<Underlying> {
  const vix = await findVix(session, signal)
  if (vix) return vix
  throw new Failure(
    EXIT.tryLater,
    `the gateway at ${session.endpoint} has no ${VIX.symbol}: its level needs the Cboe index subscription`,
  )
}

/** The answer, or why there is none. Rejects only when the signal is aborted. */
async function orFailure<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | HistoryFailure> {
  try {
    return await answer
  } catch (error) {
    if (signal.aborted) throw error
    return failureOf(error)
  }
}

function failureOf(error: unknown): HistoryFailure {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof RequestRefused) return { reason: 'refused', message, exitCode: EXIT.tryLater }
  if (error instanceof RequestTimedOut) return { reason: 'unanswered', message, exitCode: EXIT.tryLater }
  if (error instanceof SessionEnded) return { reason: 'disconnected', message, exitCode: EXIT.unreachable }
  if (error instanceof Failure) return { reason: 'unknown_symbol', message, exitCode: error.exitCode }
  return { reason: 'failed', message, exitCode: EXIT.internal }
}

/** Closes that were stored and are sent again differ by less than this; any split is larger. A logarithm. */
const SPLIT_RETURN = Math.log(1.02)

/**
 * Interactive Brokers adjusts past prices for splits. If the stored closes are on an older scale than those that were
 * sent now, all of them have to be fetched again: the calendar days back to the oldest. 0 if they agree.
 */
async function daysBeforeSplit(
  lake: Lake,
  item: HistoryItem,
  bars: readonly DailyBar[],
  now: EpochMs,
): Promise<number> {
  if (item.what !== 'TRADES' || bars.length === 0) return 0
  const rows = (await readRows(lake, DAILY_OBSERVATIONS, { symbol: item.symbol })).filter(
    (row) => isOf(item, row) && isFinal(row),
  )
  const sent = new Map(bars.map(({ date, close }) => [date as string, close]))
  const isRescaled = rows.some(({ date, close }) => {
    const again = sent.get(date) ?? null
    return close !== null && again !== null && Math.abs(Math.log(close / again)) > SPLIT_RETURN
  })
  const oldest = rows[0]
  return isRescaled && oldest ? daysBetween(sessionDate(oldest.date), newYorkDate(now)) + 1 : 0
}

/** Whether the row was recorded after its session: until then a close is only the last price. */
function isFinal({ date, recorded_at }: ObservationRow): boolean {
  const session = sessionOn(sessionDate(date))
  return session !== null && recorded_at >= session.closeAt
}

const NO_VALUES = { iv30: null, close: null, vix: null, open: null, high: null, low: null }

/** Adds one kind of values to the stored rows of its dates; the other kinds stay as they are. */
export async function storeDailyBars(
  lake: Lake,
  item: HistoryItem,
  bars: readonly DailyBar[],
  recordedAt: EpochMs,
): Promise<void> {
  const [first] = bars
  if (!first) return
  const { symbol } = item
  const from = bars.reduce((earliest, { date }) => (date < earliest ? date : earliest), first.date)
  const source = sourceOf(item)
  const stored = await readRows(lake, DAILY_OBSERVATIONS, { symbol, from })
  const rowOn = new Map(stored.filter((row) => row.source === source).map((row) => [row.date, row]))
  const rows = bars.map((bar): ObservationRow => {
    const { iv30, close, vix, open, high, low } = rowOn.get(bar.date) ?? NO_VALUES
    return {
      ...{ symbol, date: bar.date, source },
      ...{ ...NO_DAILY_PRICES, iv30, close, vix, open, high, low },
      ...(bar.close === null ? {} : valuesOf(item, { ...bar, close: bar.close })),
      ...{ cycles: null, recorded_at: recordedAt, definition_version: null },
    }
  })
  // A value that is sent again was known since it was first recorded.
  const isNew = (row: ObservationRow) => {
    const before = rowOn.get(row.date)
    return !before || !isFinal(before) || !sameRow({ ...before, recorded_at: recordedAt }, row)
  }
  const changed = rows.filter(isNew)
  if (changed.length > 0) await upsert(lake, DAILY_OBSERVATIONS, changed)
}

/** The level of the VIX is an index; the volatility of its options, where the VIX is collected, is IB's own figure. */
function sourceOf({ symbol, what }: HistoryItem): ObservationSource {
  return symbol === VIX.symbol && what === 'TRADES' ? 'index' : 'ib_index'
}

function valuesOf(
  { symbol, what }: HistoryItem,
  { open, high, low, close }: DailyBar & { readonly close: number },
): Partial<ObservationRow> {
  if (what !== 'TRADES') return { iv30: close }
  const prices = { open, high, low, close }
  return symbol === VIX.symbol ? { ...prices, vix: close } : prices
}

function isOf(item: HistoryItem, row: ObservationRow): boolean {
  return row.symbol === item.symbol && row.source === sourceOf(item)
}

function storedValueOf({ what }: HistoryItem, { close, iv30 }: ObservationRow): number | null {
  return what === 'TRADES' ? close : iv30
}
