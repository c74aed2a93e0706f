import {
  addDays,
  dateToExpiry,
  type ExpiryDate,
  expiryToDate,
  type SessionDate,
} from '../../../market/units.ts'
import { occSymbol } from '../contracts.ts'
import {
  adjustedMultiplier,
  adjustedStrike,
  type CorporateAction,
  hasOwnClass,
  splitFactor,
} from '../corporate-actions.ts'
import type { Stock } from '../instruments.ts'
import type { SimContract } from '../market.ts'
import { classContractId } from './contract-id.ts'
import { optionsOf, type PriceHistory } from './listing.ts'
import { cents, type MarketPath } from './path.ts'

/** Classes of the second space of contract ids. */
const CLASS_NUMBERS: Readonly<Record<CorporateAction['symbol'], number>> = { AAPL: 9, 'BRK B': 10 }
/** Strikes listed before an action are multiples of this, dollars. */
const STRIKE_UNIT = 0.5

/** The actions whose day has come. */
export function doneActions(actions: readonly CorporateAction[], today: SessionDate): CorporateAction[] {
  return actions.filter(({ date }) => date <= today)
}

/**
 * The path as it is seen after the actions: after a split all prices are those of new shares, also of the days before, as
 * the history of a gateway is adjusted; a dividend lowers the prices from its day on.
 */
export function adjustedPath(path: MarketPath, actions: readonly CorporateAction[]): MarketPath {
  if (actions.length === 0) return path
  const bySymbol = new Map<string, CorporateAction>(actions.map((action) => [action.symbol, action]))
  const adjusted = (stock: Stock, date: SessionDate): ((price: number) => number) | null => {
    const action = bySymbol.get(stock.symbol)
    if (!action) return null
    if (action.kind === 'split') return (price) => Math.max(0.01, cents(price / splitFactor(action)))
    return date < action.date ? null : (price) => Math.max(0.01, cents(price - action.dollars))
  }
  return {
    ...path,
    price: (stock, moment) => {
      const price = path.price(stock, moment)
      return adjusted(stock, moment.session.date)?.(price) ?? price
    },
    prices: (stock, session) => {
      const prices = path.prices(stock, session)
      const change = adjusted(stock, session.date)
      return change ? prices.map(change) : prices
    },
  }
}

/**
 * The options that were listed before an action and have not expired, with their adjusted terms. `before` has the prices as
 * they were then.
 */
export function adjustedOptions(
  stock: Stock,
  action: CorporateAction,
  { today, before }: { readonly today: SessionDate; readonly before: PriceHistory },
): SimContract[] {
  const listed = optionsOf(stock, addDays(action.date, -1), before)
  const tradingClass = hasOwnClass(action) ? `${stock.tradingClass}1` : stock.tradingClass
  return listed
    .filter(({ expiry }) => expiry >= dateToExpiry(today))
    .map((option) => {
      const strike = adjustedStrike(action, option.strike)
      const right = option.right as 'C' | 'P'
      return {
        ...option,
        conId: classContractId({
          classNumber: CLASS_NUMBERS[action.symbol],
          expiry: expiryToDate(option.expiry as ExpiryDate),
          strikeIndex: option.strike / STRIKE_UNIT,
          right,
        }),
        tradingClass,
        strike,
        multiplier: String(adjustedMultiplier(action)),
        localSymbol: occSymbol(tradingClass, option.expiry, { strike, right }),
      }
    })
    .filter(({ strike }) => strike > 0)
}
