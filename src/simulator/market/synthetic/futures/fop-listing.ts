import { sessionsBetween } from '../../../../market/calendar.ts'
import { addDays, dateToExpiry, type SessionDate } from '../../../../market/units.ts'
import type { SimContract } from '../../market.ts'
import { classContractId } from '../contract-id.ts'
import { monthCode } from './contract-months.ts'
import { type FopExpiration, fopProduct } from './fop-classes.ts'
import { zoneClock } from './future-hours.ts'

/** The settlement prices from which strikes are listed. */
export type SettlementOn = (expiration: FopExpiration, date: SessionDate) => number

/** Days of prices that a strike zone looks back over, at most. */
const LOOK_BACK_DAYS = 90
/** The highest number of a strike in contract ids. */
const HIGHEST_NUMBER = 2_047

/**
 * The strikes of an expiration on a date, ascending: multiples of each zone's step around the prices of the future since
 * the zone began. A strike that has been listed stays as long as the look back reaches.
 */
export function fopStrikes(
  expiration: FopExpiration,
  today: SessionDate,
  settlementOn: SettlementOn,
): number[] {
  const { rules, style } = expiration
  const strikes = new Set<number>()
  for (const { withinDays, step, widthFraction } of rules.strikes[
    style === 'american' ? 'monthly' : 'weekly'
  ]) {
    const range = priceRange(expiration, { today, withinDays, settlementOn })
    if (!range) continue
    const first = Math.ceil((range.low * (1 - widthFraction)) / step)
    const highest = Math.min(range.high * (1 + widthFraction), HIGHEST_NUMBER * rules.strikeUnit)
    const last = Math.floor(highest / step)
    for (let multiple = Math.max(1, first); multiple <= last; multiple++) strikes.add(multiple * step)
  }
  return [...strikes].sort((a, b) => a - b)
}

/** The lowest and highest settlement since the zone began; null before that. */
function priceRange(
  expiration: FopExpiration,
  zone: { readonly today: SessionDate; readonly withinDays: number; readonly settlementOn: SettlementOn },
): { low: number; high: number } | null {
  const { today, withinDays, settlementOn } = zone
  const begun = addDays(expiration.date, -Math.min(withinDays, expiration.listedDays))
  if (today < begun) return null
  const earliest = addDays(today, -LOOK_BACK_DAYS)
  const from = addDays(begun > earliest ? begun : earliest, -7)
  const sessions = sessionsBetween(from, addDays(today, -1))
  const before = sessions.filter(({ date }) => date < begun).length
  const counted = sessions.slice(Math.max(0, before - 1))
  const prices = counted.map(({ date }) => settlementOn(expiration, date))
  return prices.length === 0 ? null : { low: Math.min(...prices), high: Math.max(...prices) }
}

/** Calls and puts of an expiration. */
export function fopContracts(
  expiration: FopExpiration,
  strikes: readonly number[],
  future: SimContract,
): SimContract[] {
  const { rules, tradingClass, classNumber, date, month, style, settlesAt } = expiration
  const product = fopProduct(rules)
  const { exchange, multiplier, longName } = product
  const expiry = dateToExpiry(date)
  return strikes.flatMap((strike) =>
    (['C', 'P'] as const).map((right) => ({
      conId: classContractId({
        classNumber,
        expiry: date,
        strikeIndex: Math.round(strike / rules.strikeUnit),
        right,
      }),
      symbol: rules.symbol,
      secType: 'FOP' as const,
      exchange,
      primaryExchange: '',
      currency: 'USD',
      localSymbol: `${tradingClass}${monthCode(month)} ${right}${Math.round(strike * rules.symbolScale)}`,
      tradingClass,
      multiplier: String(multiplier),
      expiry,
      strike,
      right,
      minTick: rules.minTick,
      longName,
      underlyingConId: future.conId,
      validExchanges: [exchange],
      realExpiry: expiry,
      contractMonth: month,
      exerciseStyle: style,
      lastTradeAt: settlesAt,
      settlesAt,
      lastTradeTime: zoneClock(product, settlesAt),
    })),
  )
}
