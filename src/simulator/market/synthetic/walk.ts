import { sessionsBetween } from '../../../market/calendar.ts'
import { keyOf, mix, normal } from '../../../market/random.ts'
import { addDays, type SessionDate, sessionDate } from '../../../market/units.ts'
import { STOCKS, type Stock } from '../instruments.ts'

/**
 * Daily closes of the synthetic market. One volatility state and one market return drive all symbols:
 *
 * - the state y reverts to its mean; the 30-day volatility is 10 % + 25 % · logistic(y + shift of the symbol),
 *   so it stays between 10 % and 35 %;
 * - the market's return has 85 % of that volatility and pulls y down when it is up (correlation −0.75);
 * - a symbol's log price is its beta times the market plus a part of its own, and reverts slowly to its anchor,
 *   so that prices of any year look like today's.
 *
 * The walk always starts on the same date, so it is the same in every process.
 */
const FIRST_DATE = sessionDate('2016-01-04')

const DT = 1 / 252
const STATE_MEAN = Math.log(1 / 3)
const STATE_REVERSION = 5
/** Gives y a standard deviation of 0.8 in the long run. */
const STATE_VOL = 0.8 * Math.sqrt(2 * STATE_REVERSION)
const LEVERAGE = -0.75
const REALISED_SHARE = 0.85
const PRICE_REVERSION = 2.5

const STATE_KEY = keyOf('volatility state')
const MARKET_KEY = keyOf('market')

export interface DayState {
  readonly date: SessionDate
  /** Volatility state at the close. */
  readonly state: number
  /** Standard deviation of the market's log return of this day. */
  readonly marketVol: number
  /** Log of the closing price over the anchor, by symbol. */
  readonly logPrice: ReadonlyMap<string, number>
}

export interface DailyWalk {
  /** The state of a session's close. Throws a RangeError before the walk begins or for a day without a session. */
  on(date: SessionDate): DayState
  /** The previous session. */
  before(date: SessionDate): DayState
}

/** The first date with a price, and with a bar. */
export const WALK_STARTS = FIRST_DATE

export function dailyWalk(seed: number): DailyWalk {
  const days: DayState[] = [firstDay()]
  const indexOf = new Map<string, number>([[FIRST_DATE, 0]])

  function extendTo(date: SessionDate): void {
    const last = days.at(-1) as DayState
    if (date <= last.date) return
    for (const session of sessionsBetween(addDays(last.date, 1), date)) {
      indexOf.set(session.date, days.length)
      days.push(nextDay(days.at(-1) as DayState, { date: session.date, seed, index: days.length }))
    }
  }

  function indexOn(date: SessionDate): number {
    extendTo(date)
    const index = indexOf.get(date)
    if (index === undefined) {
      throw new RangeError(`the synthetic market has no session on ${date}; it begins on ${FIRST_DATE}`)
    }
    return index
  }

  return {
    on: (date) => days[indexOn(date)] as DayState,
    before: (date) => days[Math.max(0, indexOn(date) - 1)] as DayState,
  }
}

function firstDay(): DayState {
  const logPrice = new Map(STOCKS.map((stock) => [stock.symbol, 0]))
  return { date: FIRST_DATE, state: STATE_MEAN, marketVol: 0.01, logPrice }
}

function nextDay(last: DayState, step: { date: SessionDate; seed: number; index: number }): DayState {
  const draw = (key: number) => normal(mix(mix(step.seed, key), step.index))
  const market = draw(MARKET_KEY)
  const shock = LEVERAGE * market + Math.sqrt(1 - LEVERAGE ** 2) * draw(STATE_KEY)
  const marketVol = REALISED_SHARE * volOf(last.state) * Math.sqrt(DT)
  const state =
    last.state + STATE_REVERSION * (STATE_MEAN - last.state) * DT + STATE_VOL * Math.sqrt(DT) * shock
  const logPrice = new Map(
    STOCKS.map((stock) => {
      const from = last.logPrice.get(stock.symbol) as number
      const own = stock.ownVolFraction * Math.sqrt(DT) * draw(stock.key)
      return [stock.symbol, from * (1 - PRICE_REVERSION * DT) + stock.beta * marketVol * market + own]
    }),
  )
  return { date: step.date, state, marketVol, logPrice }
}

/** The 30-day volatility of a symbol, a fraction, at a state of the market; without a symbol, of the market itself. */
export function volOf(state: number, stock?: Stock): number {
  return 0.1 + 0.25 / (1 + Math.exp(-(state + (stock?.volShift ?? 0))))
}

/** Change of the state for an intraday log return of the market, with the leverage of the daily draws. */
export const STATE_PER_RETURN = (LEVERAGE * STATE_VOL) / (REALISED_SHARE * volOf(STATE_MEAN))

/** Standard deviation of a symbol's own daily log return. */
export function ownDailyVol(stock: Stock): number {
  return stock.ownVolFraction * Math.sqrt(DT)
}
