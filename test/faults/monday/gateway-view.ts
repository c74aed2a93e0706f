import { newYorkInstant, sessionOn } from '../../../src/market/calendar.ts'
import {
  dateToExpiry,
  type EpochMs,
  epochMs,
  type SessionDate,
  sessionDate,
} from '../../../src/market/units.ts'
import type { Market, SimContract } from '../../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'

/** The days of the campaign: a full Friday, and a full Monday on which contracts expire. */
export const FRIDAY = sessionDate('2026-11-20')
export const MONDAY = sessionDate('2026-11-23')
export const SEED = 7
export const INTERVAL_MS = 300_000

/** How much of each chain is asked for: so many of the nearest expirations, strikes this close to the price. */
export interface Universe {
  readonly expirations: number
  readonly windowFraction: number
}
export const UNIVERSE: Universe = { expirations: 2, windowFraction: 0.06 }
/**
 * A contract closer to the edge of the window than this may or may not be asked for: the window follows the price when
 * it has moved by a hundredth.
 */
const EDGE_FRACTION = 0.011
/** Interval at which the price of an underlying is looked at, ms. */
const LOOK_MS = 5_000

/** A time on one of these days, such as `09:30` or `09:30:20`. */
export const monday = (time: string): EpochMs => timeOn(MONDAY, time)
export const friday = (time: string): EpochMs => timeOn(FRIDAY, time)

function timeOn(date: SessionDate, time: string): EpochMs {
  const [hour, minute, seconds = '0'] = time.split(':')
  return epochMs(newYorkInstant(date, `${hour}:${minute}`) + Number(seconds) * 1_000)
}

let market: Market | undefined

/** The market of that Monday, made once: it is a function of the time alone. */
export function mondayMarket(): Market {
  market ??= syntheticMarket({ seed: SEED, asOf: monday('09:00') })
  return market
}

/** The gateway's name of a symbol, and the class of its options. */
export function namesOf(symbol: string): { readonly symbol: string; readonly tradingClass: string } {
  const own = symbol.replace('.', ' ')
  return { symbol: own, tradingClass: own.replace(' ', '') }
}

/** The contracts that the settings ask for in the slot, as the gateway lists them, without those at the edge. */
export function askedIn(slot: EpochMs, symbol: string, universe = UNIVERSE): SimContract[] {
  const names = namesOf(symbol)
  const listed = mondayMarket()
    .find({ symbol: names.symbol, secType: 'OPT' })
    .filter(
      ({ tradingClass, expiry }) => tradingClass === names.tradingClass && expiry >= dateToExpiry(MONDAY),
    )
  const expirations = [...new Set(listed.map(({ expiry }) => expiry))].sort().slice(0, universe.expirations)
  const [stock] = mondayMarket().find({ symbol: names.symbol, secType: 'STK' })
  if (!stock) return []
  const prices: number[] = []
  for (let at = slot as number; at < slot + INTERVAL_MS; at += LOOK_MS) {
    prices.push(mondayMarket().quote(stock, epochMs(at)).last as number)
  }
  const fraction = universe.windowFraction - EDGE_FRACTION
  const low = Math.max(...prices) * (1 - fraction)
  const high = Math.min(...prices) * (1 + fraction)
  return listed.filter(
    ({ expiry, strike }) => expirations.includes(expiry) && strike >= low && strike <= high,
  )
}

/** Contracts that a gateway can deliver in so much time: a request and a cancel each, at the rate that is used. */
export function deliverableIn(seconds: number): number {
  const messagesPerSecond = 45
  return Math.floor((Math.max(0, seconds) * messagesPerSecond) / 2)
}

/** Whether the options of the symbol trade in the slot. */
export function tradesIn(slot: EpochMs, symbol: string): boolean {
  const session = sessionOn(MONDAY)
  if (!session) return false
  const single = ['AAPL', 'BRK B'].includes(namesOf(symbol).symbol)
  return slot >= session.openAt && slot < (single ? session.closeAt : session.optionsCloseAt)
}
