import { dateToExpiry, daysBetween, type SessionDate } from '../../../market/units.ts'
import { occSymbol, SHARES_PER_CONTRACT } from '../contracts.ts'
import type { Stock, StrikeZone } from '../instruments.ts'
import type { SimContract } from '../market.ts'
import { contractId } from './contract-id.ts'
import { type Expiration, expirationsListedOn, listingSessions } from './expirations.ts'

/** Dollars. */
const MIN_TICK = 0.01

/** The strikes of second classes follow the prices of this many days before the listing. */
const SECOND_CLASS_DAYS = 21

/** The closing prices from which strikes are listed. */
export interface PriceHistory {
  /** Closing price of a session, dollars. */
  closeOn(stock: Stock, date: SessionDate): number
}

/** The contract of a stock. */
export function stockContract(stock: Stock): SimContract {
  return {
    ...blank,
    conId: stock.conId,
    symbol: stock.symbol,
    secType: 'STK',
    exchange: 'SMART',
    primaryExchange: stock.primaryExchange,
    localSymbol: stock.symbol,
    // The gateway gives a stock its own symbol as class: `BRK B`, while the class of its options is `BRKB`.
    tradingClass: stock.symbol,
    longName: stock.longName,
  }
}

/** The contract of an index. */
export function indexContract({ symbol, longName, conId, exchange }: NamedIndex): SimContract {
  const names = { symbol, localSymbol: symbol, tradingClass: symbol, longName }
  return { ...blank, ...names, conId, secType: 'IND', exchange, primaryExchange: exchange }
}

/** What an index is known by. */
export interface NamedIndex {
  readonly symbol: string
  readonly longName: string
  readonly conId: number
  readonly exchange: string
}

/** Fields that stocks and indexes leave empty. */
const blank = {
  currency: 'USD',
  multiplier: '',
  expiry: '',
  strike: 0,
  right: '' as const,
  minTick: MIN_TICK,
  underlyingConId: 0,
}

/** The options of a stock that are listed on a day. */
export function optionsOf(stock: Stock, today: SessionDate, history: PriceHistory): SimContract[] {
  const expirations = expirationsListedOn(today)
  const own = expirations.flatMap((expiration) => {
    const strikes = strikesOf(stock.strikes[expiration.kind], (zone) =>
      priceRange(stock, listingSessions(expiration, { today, withinDays: zone.withinDays }), history),
    )
    return pairs(stock, stock, { expiration, strikes })
  })
  const { secondClass } = stock
  if (!secondClass) return own
  const { months, step, offset, widthFraction } = secondClass
  const monthlies = expirations.filter(({ kind }) => kind === 'monthly').slice(0, months)
  const second = monthlies.flatMap((expiration) => {
    const withinDays = SECOND_CLASS_DAYS + daysBetween(today, expiration.date)
    const sessions = listingSessions(expiration, { today, withinDays })
    const zone = { withinDays, step, widthFraction }
    const strikes = strikesOf([zone], () => priceRange(stock, sessions, history), offset)
    return pairs(stock, secondClass, { expiration, strikes })
  })
  return [...own, ...second]
}

type Range = { low: number; high: number } | null

function priceRange(stock: Stock, dates: readonly SessionDate[], history: PriceHistory): Range {
  return rangeOf(dates.map((date) => history.closeOn(stock, date)))
}

/** From the lowest to the highest of some closing prices. */
export function rangeOf(closes: readonly number[]): Range {
  return closes.length === 0 ? null : { low: Math.min(...closes), high: Math.max(...closes) }
}

/** The union of the zones, ascending. Strikes are never removed: the range of prices only grows. */
export function strikesOf(
  zones: readonly StrikeZone[],
  rangeOf: (zone: StrikeZone) => Range,
  offset = 0,
): number[] {
  const strikes = new Set<number>()
  for (const zone of zones) {
    const range = rangeOf(zone)
    if (!range) continue
    const { step, widthFraction } = zone
    const first = Math.ceil((range.low * (1 - widthFraction) - offset) / step)
    const last = Math.floor((range.high * (1 + widthFraction) - offset) / step)
    for (let multiple = first; multiple <= last; multiple++) strikes.add(multiple * step + offset)
  }
  return [...strikes].sort((a, b) => a - b)
}

function pairs(
  stock: Stock,
  { tradingClass, classNumber }: { readonly tradingClass: string; readonly classNumber: number },
  listed: { expiration: Expiration; strikes: readonly number[] },
): SimContract[] {
  const { date } = listed.expiration
  const expiry = dateToExpiry(date)
  return listed.strikes.flatMap((strike) =>
    (['C', 'P'] as const).map((right) => ({
      conId: contractId({ classNumber, expiry: date, strike, right }),
      symbol: stock.symbol,
      secType: 'OPT' as const,
      exchange: 'SMART',
      primaryExchange: '',
      currency: 'USD',
      localSymbol: occSymbol(tradingClass, expiry, { strike, right }),
      tradingClass,
      multiplier: String(SHARES_PER_CONTRACT),
      expiry,
      strike,
      right,
      minTick: MIN_TICK,
      longName: stock.longName,
      underlyingConId: stock.conId,
    })),
  )
}
