import type { SessionDate } from '../../market/units.ts'
import { TRADING_DAYS_PER_YEAR } from '../trading-time.ts'
import type { VolatilityHistory } from './volatility-history.ts'

/** Lengths of the moves that are compared with what was expected, sessions: a day, a week and a month. */
const HORIZONS = [1, 5, 21] as const

/** What came of the moves that volatility expected over one length of time, from every session of a history on. */
export interface MoveRecord {
  /** Sessions that the moves last. */
  readonly sessions: number
  /** Moves: sessions with a volatility and a close whose end is over. They overlap, and `moves / sessions` are independent. */
  readonly moves: number
  /** Share of the moves within one and within two standard deviations, fractions; null without moves. */
  readonly within_one: number | null
  readonly within_two: number | null
  /** Root mean square of the moves in standard deviations: below 1 the market moved less than expected. */
  readonly ratio: number | null
  /** The largest move in standard deviations, with its sign, and the session that it began with. */
  readonly largest: number | null
  readonly largest_date: SessionDate | null
}

/**
 * Each move is ln(close after n sessions / close) over volatility · √(n / 252): the volatility of 30 days stands for every
 * length, which a term structure that is not flat makes too low or too high for the short ones. A normal distribution has
 * 68.3 % within one standard deviation and 95.4 % within two. Pure.
 */
export function moveRecord({
  dates,
  iv,
  close,
}: Pick<VolatilityHistory, 'dates' | 'iv' | 'close'>): MoveRecord[] {
  return HORIZONS.map((sessions) => {
    const scale = Math.sqrt(sessions / TRADING_DAYS_PER_YEAR)
    const moves = dates.flatMap((date, at) => {
      const [vol = null, from = null, to = null] = [iv[at], close[at], close[at + sessions]]
      if (vol === null || from === null || to === null || !(vol > 0 && from > 0 && to > 0)) return []
      return [{ date, deviations: Math.log(to / from) / (vol * scale) }]
    })
    const within = (limit: number) =>
      moves.filter(({ deviations }) => Math.abs(deviations) <= limit).length / moves.length
    if (moves.length === 0) {
      const none = { within_one: null, within_two: null, ratio: null, largest: null, largest_date: null }
      return { sessions, moves: 0, ...none }
    }
    const largest = moves.reduce((most, one) =>
      Math.abs(one.deviations) > Math.abs(most.deviations) ? one : most,
    )
    const squares = moves.reduce((sum, { deviations }) => sum + deviations ** 2, 0)
    return {
      ...{ sessions, moves: moves.length, within_one: within(1), within_two: within(2) },
      ratio: Math.sqrt(squares / moves.length),
      ...{ largest: largest.deviations, largest_date: largest.date },
    }
  })
}
