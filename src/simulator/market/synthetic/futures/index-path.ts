import {
  lastSessionBefore,
  newYorkDate,
  nextSessionAfter,
  sessionOn,
  type TradingSession,
} from '../../../../market/calendar.ts'
import { keyOf, mix } from '../../../../market/random.ts'
import { type EpochMs, epochMs } from '../../../../market/units.ts'
import { bridge, wholeBridge } from '../bridge.ts'
import { latestValues } from './latest-values.ts'
import { keptWithin, marksOf, type Range, rangeOf } from './marks.ts'
import type { FutureProduct } from './products.ts'
import { type Segment, type TradeDate, tradeDateOn } from './trade-dates.ts'
import { type TradingClock, tradingClock } from './trading-clock.ts'

/** An index as the stock exchange's sessions make it. `second` counts from the open; its last value is the close. */
export interface SessionLevels {
  level(index: string, session: TradingSession, second: number): number
  /** `level` at every second of a session. The array is shared: do not change it. */
  levels(index: string, session: TradingSession): Float64Array
  /** Volatility at the money for 30 days, a fraction. */
  vol(index: string, session: TradingSession, second: number): number
  /** Dividends a year over the level, a fraction. */
  dividendYield(index: string): number
}

/** An index at every moment at which its futures trade. */
export interface IndexPath {
  level(product: FutureProduct, at: EpochMs): number
  /** `level` at every second of a segment, from its opening to its close. */
  levels(product: FutureProduct, segment: Segment): Float64Array
  /** Volatility at the money for 30 days, a fraction. */
  vol(product: FutureProduct, at: EpochMs): number
}

/** Share of a day's variance between the close and the next open; the same as in `../path.ts`. */
const OVERNIGHT = 0.3
const SESSIONS_PER_YEAR = 252
const OVERNIGHT_KEY = keyOf('index while the stock exchange is closed')
const NIGHTS_CACHED = 12
const RANGES_CACHED = 2_000
const SEGMENTS_CACHED = 8

/**
 * Between the close of the stock exchange and its next open the index moves from one to the other in a Brownian bridge,
 * so that what futures do overnight ends at the opening price: the overnight move is that of the stocks, no more.
 */
export function indexPath(source: SessionLevels, seed: number): IndexPath {
  const nights = latestValues<string, Night>(NIGHTS_CACHED)
  const ranges = latestValues<string, Range>(RANGES_CACHED)
  const segments = latestValues<string, Float64Array>(SEGMENTS_CACHED)

  /** The time from a session's close to the next open, and how the index moves in it. */
  function nightAfter(product: FutureProduct, before: TradingSession): Night {
    const index = indexOf(product)
    return nights(`${index} ${before.date}`, () => {
      const after = nextSessionAfter(before.openAt)
      const last = lengthOf(before)
      const from = Math.log(source.level(index, before, last))
      const to = Math.log(source.level(index, after, 0))
      const vol = source.vol(index, before, last)
      const clock = tradingClock(
        { startAt: before.closeAt, endAt: after.openAt },
        tradingBetween(product, before, after),
      )
      const key = mix(mix(seed, OVERNIGHT_KEY), mix(keyOf(index), Math.floor(before.openAt / 86_400_000)))
      return { before, after, from, to, scale: vol * Math.sqrt(OVERNIGHT / SESSIONS_PER_YEAR), clock, key }
    })
  }

  function freeLevel(night: Night, at: EpochMs): number {
    const unit = night.clock.unitAt(at)
    return levelOf(night, unit, bridge(night.key, unit, night.clock.length))
  }

  /** The range of a part of a night without a break, by its marks. */
  function rangeWithin(product: FutureProduct, night: Night, piece: Segment): Range {
    return ranges(`${indexOf(product)} ${piece.openAt} ${piece.closeAt}`, () =>
      rangeOf(marksOf(piece).map((mark) => freeLevel(night, mark))),
    )
  }

  function nightLevel(product: FutureProduct, at: EpochMs): number {
    const night = nightAfter(product, latestSession(at))
    const free = freeLevel(night, at)
    const piece = tradingBetween(product, night.before, night.after).findLast(({ openAt }) => openAt <= at)
    return piece ? keptWithin(free, rangeWithin(product, night, piece)) : free
  }

  function nightLevels(product: FutureProduct, piece: Segment): Float64Array {
    const night = nightAfter(product, latestSession(piece.openAt))
    const noise = wholeBridge(night.key, night.clock.length)
    const range = rangeWithin(product, night, piece)
    const first = night.clock.unitAt(piece.openAt)
    return Float64Array.from({ length: secondsOf(piece) + 1 }, (_, second) => {
      const unit = first + second
      return keptWithin(levelOf(night, unit, noise[unit] as number), range)
    })
  }

  function levels(product: FutureProduct, segment: Segment): Float64Array {
    return segments(`${indexOf(product)} ${product.exchange} ${segment.openAt}`, () => {
      const values = new Float64Array(secondsOf(segment) + 1)
      for (const piece of piecesOf(segment)) {
        const part =
          'session' in piece
            ? source.levels(indexOf(product), piece.session)
            : nightLevels(product, piece.night)
        const openAt = 'session' in piece ? piece.session.openAt : piece.night.openAt
        values.set(part, Math.round((openAt - segment.openAt) / 1_000))
      }
      return values
    })
  }

  function level(product: FutureProduct, at: EpochMs): number {
    const session = sessionAt(at)
    if (!session) return nightLevel(product, at)
    return source.level(indexOf(product), session, Math.floor((at - session.openAt) / 1_000))
  }

  /** Overnight it changes evenly from the value of the close to that of the open. */
  function vol(product: FutureProduct, at: EpochMs): number {
    const index = indexOf(product)
    const session = sessionAt(at)
    if (session) return source.vol(index, session, Math.floor((at - session.openAt) / 1_000))
    const before = latestSession(at)
    const after = nextSessionAfter(before.openAt)
    const from = source.vol(index, before, lengthOf(before))
    const to = source.vol(index, after, 0)
    return from + ((to - from) * (at - before.closeAt)) / (after.openAt - before.closeAt)
  }

  return { level, levels, vol }
}

interface Night {
  readonly before: TradingSession
  readonly after: TradingSession
  /** Logs of the level at the close and at the next open. */
  readonly from: number
  readonly to: number
  readonly scale: number
  readonly clock: TradingClock
  readonly key: number
}

function levelOf({ from, to, scale, clock }: Night, unit: number, noise: number): number {
  return Math.exp(from + ((to - from) * unit) / clock.length + scale * noise)
}

/** The trading of a product between a session's close and the next open, which is the next session of the exchange. */
function tradingBetween(product: FutureProduct, before: TradingSession, after: TradingSession): Segment[] {
  const dates = [tradeDateOn(product, before.date), tradeDateOn(product, after.date)] as TradeDate[]
  return dates
    .flatMap(({ segments }) => segments)
    .filter(({ openAt, closeAt }) => openAt < after.openAt && closeAt > before.closeAt)
    .map(({ openAt, closeAt }) => ({
      openAt: openAt > before.closeAt ? openAt : before.closeAt,
      closeAt: closeAt < after.openAt ? closeAt : after.openAt,
    }))
}

type Piece = { readonly session: TradingSession } | { readonly night: Segment }

/** A segment of trading, cut at the open and the close of the stock exchange. */
function piecesOf({ openAt, closeAt }: Segment): Piece[] {
  const session = sessionOn(newYorkDate(epochMs(closeAt - 1)))
  if (!session || closeAt <= session.openAt) return [{ night: { openAt, closeAt } }]
  return [
    { night: { openAt, closeAt: session.openAt } },
    { session },
    ...(closeAt > session.closeAt ? [{ night: { openAt: session.closeAt, closeAt } }] : []),
  ]
}

/** The session of the stock exchange at that time, its close included. */
function sessionAt(at: EpochMs): TradingSession | null {
  const session = sessionOn(newYorkDate(at))
  return session && session.openAt <= at && at <= session.closeAt ? session : null
}

/** The latest session whose underlyings have closed. */
function latestSession(at: EpochMs): TradingSession {
  const session = sessionOn(newYorkDate(at))
  if (session && session.closeAt <= at) return session
  return lastSessionBefore(session?.openAt ?? at)
}

function indexOf(product: FutureProduct): string {
  return product.index as string
}

function lengthOf({ openAt, closeAt }: TradingSession): number {
  return Math.round((closeAt - openAt) / 1_000)
}

function secondsOf({ openAt, closeAt }: Segment): number {
  return Math.round((closeAt - openAt) / 1_000)
}
