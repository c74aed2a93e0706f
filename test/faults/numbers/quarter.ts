import { newYorkInstant, sessionsBetween } from '../../../src/market/calendar.ts'
import {
  addDays,
  dateToExpiry,
  daysBetween,
  type EpochMs,
  type ExpiryDate,
  type SessionDate,
} from '../../../src/market/units.ts'
import type { GridSize } from '../../support/finite-difference.ts'
import { type ChainMaking, makeChain, type QuoteFaults } from './made-chain.ts'
import type { MadeSlot } from './slot-errors.ts'
import type { TrueMarket } from './true-market.ts'

/** Which options are listed, and how they are quoted. */
export interface Listing {
  readonly strikeStep: number
  /** Strikes this share of the forward to each side, at every step. */
  readonly nearFraction: number
  /** And this share at every fifth step; 0: none. */
  readonly wingFraction: number
  readonly withPvDividend: boolean
  readonly faults: QuoteFaults
  readonly grid: GridSize
}

/** The longest expiration, days. */
const LONGEST_DAYS = 62
/** The standard deviation of a day's return of the underlying. */
const DAY_MOVE = 0.008

/** The last sessions of the weeks after a date: Fridays, or the day before a holiday. */
export function weeklyExpiries(date: SessionDate, { fromDays = 1 } = {}): ExpiryDate[] {
  const sessions = sessionsBetween(date, addDays(date, LONGEST_DAYS + 7)).map((session) => session.date)
  return sessions
    .filter((day, at) => {
      const next = sessions[at + 1]
      const days = daysBetween(date, day)
      return next !== undefined && weekOf(next) !== weekOf(day) && days >= fromDays && days <= LONGEST_DAYS
    })
    .map(dateToExpiry)
}

/** Weeks since a Monday. */
function weekOf(date: SessionDate): number {
  return Math.floor((Date.parse(date) / 86_400_000 + 3) / 7)
}

/** Prices of the underlying on successive days: a random walk that goes nowhere far. */
export function walk(start: number, days: number, random: () => number): number[] {
  const prices: number[] = []
  let price = start
  for (let day = 0; day < days; day++) {
    prices.push(Math.round(price * 100) / 100)
    // The sum of three uniform numbers is close to normal.
    const draw = (random() + random() + random() - 1.5) * 2
    price *= Math.exp(DAY_MOVE * draw - 0.1 * Math.log(price / start))
  }
  return prices
}

/** The chain of one moment. */
export function makeSlot(
  market: TrueMarket,
  listing: Listing,
  moment: { at: EpochMs; spot: number; expiries: readonly ExpiryDate[]; random: () => number },
): MadeSlot {
  const { at, spot } = moment
  const making: ChainMaking = {
    ...moment,
    ...listing,
    strikesOf: (forward) => strikesAround(forward, listing),
  }
  return { at, spot, rows: makeChain(market, making) }
}

function strikesAround(forward: number, { strikeStep, nearFraction, wingFraction }: Listing): number[] {
  const strikes: number[] = []
  const reach = Math.max(nearFraction, wingFraction)
  const first = Math.ceil((forward * (1 - reach)) / strikeStep)
  for (let at = first; at * strikeStep <= forward * (1 + reach); at++) {
    const strike = at * strikeStep
    const isNear = Math.abs(strike / forward - 1) <= nearFraction
    if (isNear || at % 5 === 0) strikes.push(strike)
  }
  return strikes
}

/** 11:00 New York time of every session of a period. */
export function middays(from: SessionDate, to: SessionDate): EpochMs[] {
  return sessionsBetween(from, to).map(({ date }) => newYorkInstant(date, '11:00'))
}
