import { analyticsOptions } from '../../src/analytics/options.ts'
import { buildSymbolSlot, type QuoteHistories } from '../../src/capture/build-rows.ts'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { storeLedger } from '../../src/lake/tables/ledger.ts'
import { append, type SymbolSlot } from '../../src/lake/write/append.ts'
import { recordReports } from '../../src/lake/write/record-reports.ts'
import { newYorkInstant, sessionsBetween, type TradingSession } from '../../src/market/calendar.ts'
import { expiryTimesOf } from '../../src/market/option-hours.ts'
import { slotsOf } from '../../src/market/slot.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../src/market/units.ts'
import type { Market, SimContract } from '../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { reportMissing } from '../../src/snapshot/symbol-report.ts'
import { type ComputedTables, createComputedTables } from './lake/computed-tables.ts'
import { barsOn, observationsOf } from './lake/daily-market.ts'
import { type SteppedClock, steppedClock } from './lake/stepped-clock.ts'
import { type CycleFault, contractsOn, harvestAt, priceAt, underlyingIn } from './lake/synthetic-harvest.ts'

/** The last session of the lake: a Friday without anything special. */
export const LAST_DAY = sessionDate('2026-11-20')
export const SYMBOLS = ['SPY', 'QQQ'] as const
/** Of the synthetic market: that of the embedded gateway, so that a daemon on the lake goes on with the same prices. */
export const SEED = 1
const GRID = { intervalSeconds: 300, afterClose: false }
const YEAR_DAYS = 372
const ANALYTICS = analyticsOptions.parse({})

export interface PageLakeOptions {
  /** Sessions at the end with all of their slots. */
  readonly sessions: number
  /** The last stored slot of the last session, New York time. */
  readonly until: string
  /** Slots that are missing or partial, in the session before the last and in the last one. */
  readonly hasHoles: boolean
  /** One slot a day, and daily bars, for the year before. */
  readonly hasYear: boolean
}

export const WHOLE_LAKE: PageLakeOptions = { sessions: 3, until: '16:00', hasHoles: false, hasYear: true }
export const QUICK_LAKE: PageLakeOptions = { sessions: 1, until: '16:00', hasHoles: false, hasYear: false }

/** One session while it is stored. */
interface Day {
  readonly session: TradingSession
  readonly market: Market
  /** By symbol. Chosen around the price at the open, so that a session's contracts stay the same. */
  readonly contracts: ReadonlyMap<string, readonly SimContract[]>
  readonly histories: QuoteHistories
}

/** Sessions that are served from one list of contracts, because listing takes long. */
const SESSIONS_PER_LISTING = 10

/**
 * Makes a lake as the daemon would have left it, from the synthetic market and without a gateway. Fewer strikes than a
 * daemon collects, so that it takes seconds.
 */
export async function makePageLake(
  folder: string,
  options: PageLakeOptions,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  const days = sessionsBetween(addDays(LAST_DAY, -YEAR_DAYS), LAST_DAY)
  const whole = days.slice(-options.sessions)
  const year = options.hasYear ? days.slice(0, -options.sessions) : []
  const clock = steppedClock((year[0] ?? (whole[0] as TradingSession)).openAt)
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  const tables = createComputedTables(SYMBOLS, ANALYTICS)
  const total = year.length + whole.length * 78
  let done = 0
  const step = () => onProgress(++done, total)
  try {
    let market: Market | null = null
    for (const [nth, session] of [...year, ...whole].entries()) {
      const isWhole = nth >= year.length
      if (market === null || isWhole || nth % SESSIONS_PER_LISTING === 0)
        market = syntheticMarket({ seed: SEED, asOf: session.openAt })
      const day = dayOf(session, market)
      const until = session.date === LAST_DAY ? newYorkInstant(LAST_DAY, options.until) : session.closeAt
      const names = [...SYMBOLS, 'VIX'].map((symbol) => underlyingIn(day.market, symbol))
      tables.begin(
        session,
        names.flatMap((one) => barsOn(day.market, one, { date: session.date, until })),
      )
      if (isWhole) await storeSession(lake, { clock, tables, day, until, options, step })
      else {
        await storeOneSlot(lake, { clock, tables, day })
        step()
      }
      if (until < session.closeAt) continue
      clock.set(epochMs(session.optionsCloseAt + 900_000))
      const given = names.flatMap((one) =>
        observationsOf(day.market, one, { from: session.date, to: session.date }),
      )
      tables.end(session, given, clock.now())
    }
    await tables.store(lake)
    await storeLedger(lake)
  } finally {
    await lake.close()
  }
}

function dayOf(session: TradingSession, market: Market): Day {
  const contracts = new Map(
    SYMBOLS.map((symbol) => {
      const underlying = underlyingIn(market, symbol)
      const price = priceAt(market, underlying, session.openAt)
      if (price === null) throw new Error(`${symbol} has no price on ${session.date}`)
      return [symbol, contractsOn(market, underlying, { date: session.date, price })]
    }),
  )
  return { session, market, contracts, histories: new Map() }
}

/** A session of the year before: its last slot but one, and nothing in the others. */
async function storeOneSlot(
  lake: Lake,
  { clock, tables, day }: { clock: SteppedClock; tables: ComputedTables; day: Day },
): Promise<void> {
  const { session } = day
  const at = epochMs(session.closeAt - 600_000)
  await storeSlot(lake, { clock, tables, day, at, fault: null })
  const missed = slotsOf(session, GRID).filter((slot) => slot !== at)
  clock.set(session.optionsCloseAt)
  await recordReports(
    lake,
    missed.flatMap((slot) => missingReports(slot, session.date, 'not_running')),
  )
}

async function storeSession(
  lake: Lake,
  {
    clock,
    tables,
    day,
    until,
    options,
    step,
  }: {
    clock: SteppedClock
    tables: ComputedTables
    day: Day
    until: EpochMs
    options: PageLakeOptions
    step: () => void
  },
): Promise<void> {
  const { date } = day.session
  for (const [nth, at] of slotsOf(day.session, GRID).entries()) {
    step()
    if (at > until) continue
    if (options.hasHoles && nth >= 20 && nth < 26) {
      clock.set(epochMs(at + 300_000))
      await recordReports(lake, missingReports(at, date, 'connection_lost'))
      continue
    }
    const fault =
      options.hasHoles && nth % 11 === 3 ? ({ unansweredShare: 0.4, reason: 'deadline' } as const) : null
    await storeSlot(lake, { clock, tables, day, at, fault })
  }
}

async function storeSlot(
  lake: Lake,
  {
    clock,
    tables,
    day,
    at,
    fault,
  }: {
    readonly clock: SteppedClock
    readonly tables: ComputedTables
    readonly day: Day
    readonly at: EpochMs
    readonly fault: CycleFault | null
  },
): Promise<void> {
  const { market, session } = day
  clock.set(epochMs(at + 45_000))
  const vix = priceAt(market, underlyingIn(market, 'VIX'), at)
  const symbols = SYMBOLS.map((symbol) => symbolSlot(day, { symbol, at, vix, fault }))
  await append(lake, { slot: at, symbols })
  for (const { symbol, rows } of symbols) {
    const ivIndexFraction = market.quote(underlyingIn(market, symbol), at).impliedVol30Fraction ?? null
    tables.slot({ symbol, at, date: session.date, rows, vix, ivIndexFraction })
  }
}

function symbolSlot(
  { session, market, contracts, histories }: Day,
  { symbol, at, vix, fault }: { symbol: string; at: EpochMs; vix: number | null; fault: CycleFault | null },
): SymbolSlot {
  const underlying = underlyingIn(market, symbol)
  const harvest = harvestAt(market, underlying, { at, contracts: contracts.get(symbol) ?? [], fault })
  return buildSymbolSlot(
    harvest,
    { at, date: session.date },
    {
      ...{ kind: 'STK', vix, skipped: 0, openInterest: new Map(), expiresAt: expiryTimesOf(symbol) },
      underlyingPrice: priceAt(market, underlying, harvest.finishedAt),
    },
    { analytics: ANALYTICS, quoteHistories: histories },
  )
}

function missingReports(slot: EpochMs, date: SessionDate, reason: 'not_running' | 'connection_lost') {
  return SYMBOLS.map((symbol) =>
    reportMissing(symbol, reason, { slot, date, detail: null, startedAt: null, kind: 'STK' }),
  )
}
