import { newYorkDate } from '../../../market/calendar.ts'
import type { Clock } from '../../../market/clock.ts'
import type { Market } from '../market.ts'
import { type MarketEvents, syntheticMarket } from './synthetic.ts'

/** A synthetic market for a gateway that runs for days: it lists the contracts of the clock's date. Ids do not change. */
export function dailyMarket(seed: number, clock: Clock, events: MarketEvents = {}): Market {
  let date = newYorkDate(clock.now())
  let market = syntheticMarket({ seed, asOf: clock.now(), ...events })
  const today = () => {
    const now = clock.now()
    if (newYorkDate(now) !== date) {
      date = newYorkDate(now)
      market = syntheticMarket({ seed, asOf: now, ...events })
    }
    return market
  }
  return {
    find: (query) => today().find(query),
    byConId: (conId) => today().byConId(conId),
    chainRows: (underlyingConId) => today().chainRows(underlyingConId),
    quote: (contract, at) => today().quote(contract, at),
    bars: (contract, what, request) => today().bars(contract, what, request),
    headTimestamp: (contract, what) => today().headTimestamp(contract, what),
    trades: (contract, span) => today().trades(contract, span),
    quoteChanges: (contract, span) => today().quoteChanges(contract, span),
    sessions: (contract, regularHours) => today().sessions?.(contract, regularHours),
    hours: (contract, at) => today().hours(contract, at),
  }
}
