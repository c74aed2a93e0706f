import { dateToExpiry, daysBetween, type SessionDate } from '../../../market/units.ts'
import { occSymbol, SHARES_PER_CONTRACT } from '../contracts.ts'
import { ETFS, type Etf, type StrikeZone, VOLATILITY_INDEX } from '../instruments.ts'
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
  closeOn(etf: Etf, date: SessionDate): number
}

/** All contracts of one day; their ids are the same on every day. */
export function listContracts(today: SessionDate, history: PriceHistory): SimContract[] {
  return [...ETFS.map(stockOf), indexContract(), ...ETFS.flatMap((etf) => optionsOf(etf, today, history))]
}

function stockOf(etf: Etf): SimContract {
  return {
    ...blank,
    conId: etf.conId,
    symbol: etf.symbol,
    secType: 'STK',
    exchange: 'SMART',
    primaryExchange: etf.primaryExchange,
    localSymbol: etf.symbol,
    tradingClass: etf.symbol,
    longName: etf.longName,
  }
}

function indexContract(): SimContract {
  const { symbol, longName, conId, exchange } = VOLATILITY_INDEX
  const names = { symbol, localSymbol: symbol, tradingClass: symbol, longName }
  return { ...blank, ...names, conId, secType: 'IND', exchange, primaryExchange: exchange }
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

function optionsOf(etf: Etf, today: SessionDate, history: PriceHistory): SimContract[] {
  const expirations = expirationsListedOn(today)
  const own = expirations.flatMap((expiration) => {
    const strikes = strikesOf(etf.strikes[expiration.kind], (zone) =>
      priceRange(etf, listingSessions(expiration, { today, withinDays: zone.withinDays }), history),
    )
    return pairs(etf, etf.symbol, { expiration, strikes })
  })
  const { tradingClass, months, step, offset, widthFraction } = etf.secondClass
  const monthlies = expirations.filter(({ kind }) => kind === 'monthly').slice(0, months)
  const second = monthlies.flatMap((expiration) => {
    const withinDays = SECOND_CLASS_DAYS + daysBetween(today, expiration.date)
    const sessions = listingSessions(expiration, { today, withinDays })
    const zone = { withinDays, step, widthFraction }
    const strikes = strikesOf([zone], () => priceRange(etf, sessions, history), offset)
    return pairs(etf, tradingClass, { expiration, strikes })
  })
  return [...own, ...second]
}

type Range = { low: number; high: number } | null

function priceRange(etf: Etf, dates: readonly SessionDate[], history: PriceHistory): Range {
  const closes = dates.map((date) => history.closeOn(etf, date))
  return closes.length === 0 ? null : { low: Math.min(...closes), high: Math.max(...closes) }
}

/** The union of the zones, ascending. Strikes are never removed: the range of prices only grows. */
function strikesOf(zones: readonly StrikeZone[], rangeOf: (zone: StrikeZone) => Range, offset = 0): number[] {
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
  etf: Etf,
  tradingClass: string,
  listed: { expiration: Expiration; strikes: readonly number[] },
): SimContract[] {
  const classNumber = ETFS.indexOf(etf) * 2 + (tradingClass === etf.symbol ? 1 : 2)
  const { date } = listed.expiration
  const expiry = dateToExpiry(date)
  return listed.strikes.flatMap((strike) =>
    (['C', 'P'] as const).map((right) => ({
      conId: contractId({ classNumber, expiry: date, strike, right }),
      symbol: etf.symbol,
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
      longName: etf.longName,
      underlyingConId: etf.conId,
    })),
  )
}
