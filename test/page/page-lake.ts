import { storeObservations } from '../../src/analytics/stored/stored-figures.ts'
import { demoConfig } from '../../src/daemon/demo/demo-config.ts'
import { pastClock } from '../../src/daemon/demo/past-clock.ts'
import { storePastPrices } from '../../src/daemon/demo/past-prices.ts'
import { type PastFault, storePastSlots } from '../../src/daemon/demo/past-slots.ts'
import { withSparseStrikes } from '../../src/daemon/demo/sparse-strikes.ts'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { storeLedger } from '../../src/lake/tables/ledger.ts'
import { recordReports } from '../../src/lake/write/record-reports.ts'
import { newYorkInstant, sessionsBetween, type TradingSession } from '../../src/market/calendar.ts'
import { slotsOf } from '../../src/market/slot.ts'
import { addDays, type EpochMs, epochMs, type SessionDate, sessionDate } from '../../src/market/units.ts'
import type { Market } from '../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { reportMissing } from '../../src/snapshot/symbol-report.ts'
import { AFTER_CLOSE_MS, storeBars } from './stored-bars.ts'

/** The last session of every made lake: a Friday without anything special. */
export const LAST_DAY = sessionDate('2026-11-20')
export const SYMBOLS = ['SPY', 'QQQ'] as const
/** Of the synthetic market: that of the served lake's gateway too, so that the daemon goes on with the same prices. */
export const SEED = 1
const GRID = { intervalSeconds: 300, afterClose: false }
const YEAR_DAYS = 366
/** Of the year before, one slot of each so many sessions is stored, near the close. */
const SESSIONS_PER_SLOT = 5
const BEFORE_CLOSE_MS = 600_000

export interface PageLakeOptions {
  /** Sessions at the end with all of their slots. */
  readonly sessions: number
  /** When the last session ends being stored, New York time. */
  readonly until: string
  /** In each of these sessions, slots are missing and others partial. */
  readonly hasHoles: boolean
  /** A slot a week and bars of every day, for the year before. */
  readonly hasYear: boolean
}

export const WHOLE_LAKE: PageLakeOptions = { sessions: 3, until: '16:30', hasHoles: false, hasYear: true }
export const QUICK_LAKE: PageLakeOptions = { sessions: 1, until: '16:30', hasHoles: false, hasYear: false }
/** A day that is not over, with holes, and an hour of it in which nothing was running. */
export const LAKE_WITH_HOLES: PageLakeOptions = {
  sessions: 2,
  until: '14:00',
  hasHoles: true,
  hasYear: false,
}

/** The settings of a made lake and of the daemon on it. */
export const PAGE_CONFIG = demoConfig({ symbols: [...SYMBOLS] })

/** The market of a lake: fewer strikes than real ones, so that storing a slot takes a fraction of a second. */
export function sparse(market: Market, dateNow: () => SessionDate): Market {
  return withSparseStrikes(market, dateNow)
}

/** Makes a lake as the daemon would have left it, without a gateway. */
export async function makePageLake(
  folder: string,
  options: PageLakeOptions,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  const days = sessionsBetween(addDays(LAST_DAY, -YEAR_DAYS), LAST_DAY)
  const whole = days.slice(-options.sessions)
  const [first] = whole
  if (!first) throw new RangeError('a lake has at least one session')
  const year = options.hasYear ? days.slice(0, -options.sessions) : []
  const until = newYorkInstant(LAST_DAY, options.until)
  const { clock, setTime } = pastClock(first.openAt)
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  const total = Math.ceil(year.length / SESSIONS_PER_SLOT) + whole.length * 78
  let done = 0
  const making = { lake, setTime, until, hasHoles: options.hasHoles, onSlot: () => onProgress(++done, total) }
  try {
    const market = marketOn(first)
    for (const { openAt, date } of [...year.slice(0, 1), first]) {
      setTime(openAt)
      await storePastPrices(lake, market, { symbols: SYMBOLS, before: date })
    }
    const names = [...SYMBOLS, 'VIX']
    await storeBars(lake, { market, names, sessions: year, until })
    for (const [nth, day] of year.entries())
      if (nth % SESSIONS_PER_SLOT === 0) await storeOneSlot(day, making)
    for (const day of whole) {
      const ofDay = marketOn(day)
      await storeBars(lake, { market: ofDay, names, sessions: [day], until })
      await storeSession(day, making)
      if (day.closeAt > until) continue
      setTime(epochMs(day.closeAt + AFTER_CLOSE_MS))
      await storePastPrices(lake, ofDay, { symbols: SYMBOLS, before: addDays(day.date, 1) })
      await storeObservations(lake, day.date, clock.now())
    }
    await storeLedger(lake)
  } finally {
    await lake.close()
  }
}

interface Making {
  readonly lake: Lake
  setTime(at: EpochMs): void
  readonly until: EpochMs
  readonly hasHoles: boolean
  onSlot(): void
}

function marketOn({ openAt, date }: TradingSession): Market {
  return sparse(syntheticMarket({ seed: SEED, asOf: openAt }), () => date)
}

/** The daemon ran for a few minutes on that day. */
async function storeOneSlot(day: TradingSession, { lake, setTime, onSlot }: Making): Promise<void> {
  const { signal } = new AbortController()
  const at = epochMs(day.closeAt - BEFORE_CLOSE_MS)
  const past = { market: marketOn(day), date: day.date, slots: [at] }
  await storePastSlots(lake, past, { config: PAGE_CONFIG, signal, setTime, onSlot })
  setTime(epochMs(day.closeAt + AFTER_CLOSE_MS))
  await storeObservations(lake, day.date, lake.clock.now())
  await recordNotRunning(
    lake,
    slotsOf(day, GRID).filter((slot) => slot !== at),
    day.date,
  )
}

/** Slots of a day with holes: the gateway was away from 11:10 to 11:40, and nothing ran from 13:00 to 13:30. */
const AWAY = { from: 20, to: 26 }
const NOT_RUNNING = { from: 42, to: 48 }
/** Every so many slots, the deadline ended a cycle of one symbol. */
const LATE_EVERY = 11

async function storeSession(
  day: TradingSession,
  { lake, setTime, until, hasHoles, onSlot }: Making,
): Promise<void> {
  const { signal } = new AbortController()
  const due = slotsOf(day, GRID).filter((at) => at < until)
  const isWithin = (nth: number, { from, to }: typeof AWAY) => hasHoles && nth >= from && nth < to
  const slots = due.filter((_, nth) => !isWithin(nth, NOT_RUNNING))
  const away = due.filter((_, nth) => isWithin(nth, AWAY))
  const late = hasHoles ? due.filter((_, nth) => nth % LATE_EVERY === 3) : []
  const faults: PastFault[] = [
    ...away.flatMap((slot) =>
      SYMBOLS.map((symbol) => ({
        ...{ slot, symbol, reason: 'connection_lost' as const, answeredFraction: 0 },
        detail: 'the gateway closed the connection',
      })),
    ),
    ...late.map((slot) => ({
      ...{ slot, symbol: 'SPY', reason: 'deadline' as const, answeredFraction: 0.6 },
      detail: 'the cycle ended at its deadline',
    })),
  ]
  const past = { market: marketOn(day), date: day.date, slots, faults }
  await storePastSlots(lake, past, { config: PAGE_CONFIG, signal, setTime, onSlot })
  await recordNotRunning(
    lake,
    due.filter((_, nth) => isWithin(nth, NOT_RUNNING)),
    day.date,
  )
}

async function recordNotRunning(lake: Lake, slots: readonly EpochMs[], date: SessionDate): Promise<void> {
  const reports = slots.flatMap((slot) =>
    SYMBOLS.map((symbol) =>
      reportMissing(symbol, 'not_running', { slot, date, detail: null, startedAt: null, kind: 'STK' }),
    ),
  )
  if (reports.length > 0) await recordReports(lake, reports)
}
