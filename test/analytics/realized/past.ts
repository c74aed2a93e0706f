import type { DailyReturns } from '../../../src/analytics/realized/estimators.ts'
import type { RealizedPast } from '../../../src/analytics/realized/realized-figures.ts'
import type { PriceBar } from '../../../src/analytics/realized/session-bars.ts'
import { newYorkDate, sessionOn } from '../../../src/market/calendar.ts'
import type { EpochMs, SessionDate } from '../../../src/market/units.ts'
import { BAR_MS } from '../../../src/snapshot/underlying-bars.ts'

/** A session whose every part has the same variance: closes that go up and down by 1 % in turn. */
export function steadyReturns(at: number): DailyReturns {
  const move = at % 2 === 0 ? 0.01 : -0.01
  return {
    closeToClose: move,
    overnight: move / 2,
    session: { high: Math.max(0, move / 2) + 0.002, low: Math.min(0, move / 2) - 0.002, close: move / 2 },
    fiveMinuteVariance: 75e-6,
  }
}

/** A past with the same volatility in every session, of IB's daily bars and our own, and bars of the slot's own day. */
export function realizedPast(sessions: readonly SessionDate[], slot: EpochMs): RealizedPast {
  const today = newYorkDate(slot)
  const past = sessions.filter((date) => date < today)
  const daily = new Map(past.map((date, at) => [date, steadyReturns(at)]))
  return { realized: { sessions: past, source: 'ib_index', daily, bars: daily }, todayBars: barsUntil(slot) }
}

/** Bars of a session from its opening to a time: the price goes up and down by 0.1 % in turn. */
export function barsUntil(slot: EpochMs): PriceBar[] {
  const session = sessionOn(newYorkDate(slot))
  if (!session) return []
  const count = Math.floor((Math.min(slot, session.closeAt) - session.openAt) / BAR_MS)
  let price = 680
  return Array.from({ length: count }, (_, at) => {
    const open = price
    price *= Math.exp(at % 2 === 0 ? 0.001 : -0.001)
    const [low, high] = [Math.min(open, price), Math.max(open, price)]
    const timestamp = session.openAt + at * BAR_MS
    return { timestamp, con_id: 1, open, high, low, close: price, session: 'regular', coverage_seconds: 300 }
  })
}
