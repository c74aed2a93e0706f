import type { EpochMs, SessionDate } from '../market/units.ts'
import { type FigureSymbol, isFutures, sessionsOf } from './figure-session.ts'
import { absent, type Found, found, type Measured, mapFound, measured } from './measured.ts'

export type Direction = 'up' | 'down' | 'neutral'

/** The last price of a period and the implied volatility at that time. */
export interface Bar {
  /** Dollars. */
  readonly close: number
  /** A fraction; null where there was none. */
  readonly iv30: number | null
}

interface Trend {
  readonly direction: Direction
  /** (SMA20 − SMA50)/SMA50, a fraction. */
  readonly gap: number
  /** Half-width of the dead band, a fraction. A trend begins outside the band and ends within half of it. */
  readonly band: number
  /** Bars used. */
  readonly bars: number
}

const FAST = 20
const SLOW = 50
/** Fixed, so that the same stored bars always give the same direction. */
const TREND_BARS = 252
const BAND_SHARE = 0.25
const BAND_WITHOUT_IV = 0.0025
const SESSIONS_PER_YEAR = 252
/** Bars of a full session: five-minute bars of the stock exchange, and of futures, which trade for 23 hours. */
const BARS_PER_SESSION = { daily: 1, intraday: 78, overnight: 276 } as const

type Pace = keyof typeof BARS_PER_SESSION

/**
 * The trend at the last bar: SMA20 against SMA50 with a dead band b = 0.25·iv30/√(bars a year), where a year has 252
 * daily bars or 252·78 five-minute bars (252·276 of futures). Let g = (SMA20 − SMA50)/SMA50. The direction is up if g > b, down if g < −b,
 * neutral if |g| < b/2, and otherwise unchanged; it starts as neutral. Without iv30, b is 0.0025 for daily bars and
 * 0.0025/√78 for five-minute bars. At most the last 252 bars are used; fewer than 50 give `too_few_bars`. Bars whose
 * close is not a positive number are left out. Bars are in time order and run across sessions.
 */
export function trendOf(bars: readonly Bar[], pace: Pace): Found<Trend> {
  const valid = bars.filter(({ close }) => Number.isFinite(close) && close > 0).slice(-TREND_BARS)
  if (valid.length < SLOW) return absent('too_few_bars')
  let direction: Direction = 'neutral'
  let gap = 0
  let band = 0
  for (let end = SLOW; end <= valid.length; end++) {
    const slow = meanClose(valid, end - SLOW, end)
    gap = (meanClose(valid, end - FAST, end) - slow) / slow
    band = bandOf((valid[end - 1] as Bar).iv30, pace)
    direction = nextDirection(direction, gap, band)
  }
  return found({ direction, gap, band, bars: valid.length })
}

function nextDirection(before: Direction, gap: number, band: number): Direction {
  if (gap > band) return 'up'
  if (gap < -band) return 'down'
  return Math.abs(gap) < band / 2 ? 'neutral' : before
}

function bandOf(iv30: number | null, pace: Pace): number {
  const barsPerSession = BARS_PER_SESSION[pace]
  if (iv30 === null || !(iv30 > 0)) return BAND_WITHOUT_IV / Math.sqrt(barsPerSession)
  return (BAND_SHARE * iv30) / Math.sqrt(SESSIONS_PER_YEAR * barsPerSession)
}

function meanClose(bars: readonly Bar[], from: number, to: number): number {
  let sum = 0
  for (let at = from; at < to; at++) sum += (bars[at] as Bar).close
  return sum / (to - from)
}

export interface TrendFigures {
  readonly trend_daily: Measured<Direction>
  readonly trend_intraday: Measured<Direction>
}

export interface TrendInput extends FigureSymbol {
  readonly slot: EpochMs
  /** Trade date of the slot. */
  readonly date: SessionDate
  /** Closes of earlier sessions, oldest first. */
  readonly dailyBars: readonly Bar[]
  /** Bars of earlier slots, across sessions, oldest first; this slot's own price is added. */
  readonly intradayBars: readonly Bar[]
}

/** Daily and intraday trend at a slot. `now`: price and iv30 of the slot itself. */
export function trendFigures(
  { slot, date, dailyBars, intradayBars, ...one }: TrendInput,
  now: { readonly spot: number | null; readonly iv30: number | null },
): TrendFigures {
  // Prices after the close are not bars of the session.
  const isOpen = slot < (sessionsOf(one)(date)?.closeAt ?? 0)
  const bars =
    now.spot === null || !isOpen ? intradayBars : [...intradayBars, { close: now.spot, iv30: now.iv30 }]
  const basis = {
    unit: '',
    source: 'underlying',
    window: TREND_BARS,
    observations_of: 'bars',
    as_of: slot,
  } as const
  const daily = trendOf(dailyBars, 'daily')
  const intraday = trendOf(bars, isFutures(one) ? 'overnight' : 'intraday')
  return {
    trend_daily: measured(
      mapFound(daily, ({ direction }) => direction),
      { ...basis, definition: 'trend_daily', observations: daily.value?.bars ?? dailyBars.length },
    ),
    trend_intraday: measured(
      mapFound(intraday, ({ direction }) => direction),
      { ...basis, definition: 'trend_intraday', observations: intraday.value?.bars ?? bars.length },
    ),
  }
}
