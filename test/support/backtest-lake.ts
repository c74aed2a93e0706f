import type { Lake } from '../../src/lake/open.ts'
import { DAILY_OBSERVATIONS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { sessionOn, sessionsBetween } from '../../src/market/calendar.ts'
import { europeanPrice } from '../../src/market/pricing/european.ts'
import {
  addDays,
  dateToExpiry,
  type EpochMs,
  epochMs,
  type SessionDate,
  sessionDate,
} from '../../src/market/units.ts'
import { NO_DAILY_PRICES } from '../../src/snapshot/daily-prices.ts'
import { DEFINITION_VERSION } from '../../src/snapshot/definition-version.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { report, row } from '../lake/slots.ts'

const FIVE_MINUTES_MS = 300_000
const HISTORY_DAYS = 400
const RATE = 0.04

/** One stored slot of the lake: the underlying's price, and the level of volatility. */
export interface Level {
  readonly price: number
  readonly volFraction: number
}

/** The first session of the recording; history goes back from here. */
export const FIRST_DAY = sessionDate('2026-09-14')

/** Sessions from the first day on. */
export function sessionsFrom(day: SessionDate, count: number): SessionDate[] {
  return sessionsBetween(day, addDays(day, 2 * count + 10))
    .slice(0, count)
    .map(({ date }) => date)
}

/** The `nth` five-minute slot of a session, the first at its open. */
export function slotOn(date: SessionDate, nth: number): EpochMs {
  const session = sessionOn(date)
  if (!session) throw new Error(`${date} is no session`)
  return epochMs(session.openAt + nth * FIVE_MINUTES_MS)
}

/**
 * Daily history of SPY before `day`, a year of it or `from` a date on, with volatilities between `lowVol` and `highVol` and closes around 600
 * without a trend.
 */
export async function storeHistory(
  lake: Lake,
  {
    day = FIRST_DAY,
    from = addDays(day, -HISTORY_DAYS),
    lowVol,
    highVol,
  }: { day?: SessionDate; from?: SessionDate; lowVol: number; highVol: number },
): Promise<void> {
  const sessions = sessionsBetween(from, addDays(day, -1))
  await upsert(
    lake,
    DAILY_OBSERVATIONS,
    sessions.map(({ date, closeAt }, at) => ({
      symbol: 'SPY',
      date,
      source: 'chain',
      iv30: Math.round(1e6 * (lowVol + ((highVol - lowVol) * (1 + Math.sin(at / 9))) / 2)) / 1e6,
      close: Math.round(100 * (600 + 2 * Math.sin(at / 5))) / 100,
      vix: 17,
      cycles: 6,
      recorded_at: closeAt,
      definition_version: DEFINITION_VERSION,
      ...NO_DAILY_PRICES,
    })),
  )
}

/** One slot of SPY: three expirations, strikes from 480 to 720, quotes by Black-Scholes around the level. */
export async function storeSlot(lake: Lake, slot: EpochMs, date: SessionDate, level: Level): Promise<void> {
  const rows = EXPIRIES.flatMap((expiry) =>
    strikes().flatMap((strike) =>
      (['C', 'P'] as const).map((right) => quoted({ slot, date, expiry, strike, right }, level)),
    ),
  )
  await append(lake, {
    slot,
    date,
    symbols: [
      {
        symbol: 'SPY',
        rows,
        report: report({
          timestamp: slot,
          symbol: 'SPY',
          date,
          requested: rows.length,
          answered: rows.length,
          underlying_price: level.price,
          started_at: slot,
          finished_at: slot + 20_000,
        }),
      },
    ],
  })
}

function strikes(): number[] {
  return Array.from({ length: 49 }, (_, at) => 480 + at * 5)
}

/** The Friday on or after a day. */
function fridayFrom(date: SessionDate): SessionDate {
  return addDays(date, (12 - new Date(date).getUTCDay()) % 7)
}

/** The same contracts on every day. */
const EXPIRIES = [24, 38, 45].map((days) => fridayFrom(addDays(FIRST_DAY, days)))

function quoted(
  terms: { slot: EpochMs; date: SessionDate; expiry: SessionDate; strike: number; right: 'C' | 'P' },
  { price, volFraction }: Level,
): SnapshotRow {
  const { slot, date, expiry, strike, right } = terms
  const years = (Date.parse(expiry) - Date.parse(date)) / 86_400_000 / 365
  const option = { spot: price, strike, right, years, rateFraction: RATE }
  const up = { ...option, spot: price * 1.001 }
  const mid = europeanPrice(option, volFraction).price
  const delta = (europeanPrice(up, volFraction).price - mid) / (price * 0.001)
  const half = Math.max(0.01, Math.round(mid * 0.5) / 100)
  const bid = Math.round(100 * (mid - half)) / 100
  const name = dateToExpiry(expiry)
  const isCall = right === 'C'
  return row({
    timestamp: slot,
    date,
    expiry: name,
    yearmonth: name.slice(0, 6),
    strike,
    right,
    bid: bid > 0 ? bid : null,
    ask: Math.round(100 * (mid + half)) / 100,
    bid_size: 50,
    ask_size: 50,
    open_interest: 5_000,
    iv: Math.round(1e6 * volFraction) / 1e6,
    delta: Math.round(1e6 * delta) / 1e6,
    underlying_price: price,
    quoted_at: slot + 5_000,
    con_id: Number(`7${name.slice(4)}${Math.round(strike * 10)}`) * 2 + (isCall ? 1 : 0),
    trading_class: 'SPY',
    flags: bid > 0 ? 0 : 1,
  })
}
